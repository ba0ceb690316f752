/**
 * Words that only a shell knows: builtins and keywords of dash, bash and zsh, unless a program of
 * that name is common.
 */

const builtins =
  ". : alias autoload bg bind break builtin caller cd command compgen complete compopt continue declare dirs disown " +
  "enable eval exec exit export fc fg function getopts hash help history jobs let local logout mapfile popd pushd read " +
  "readarray readonly rehash return set setopt shift shopt source suspend times trap type typeset ulimit umask unalias " +
  "unset unsetopt vared wait whence where zmodload";
const keywords = "! [[ case coproc do done elif else esac fi for if in select then until while { } ((";

const builtinSet = new Set(builtins.split(" "));
const keywordSet = new Set(keywords.split(" "));

/** Returns the kind of a word in a shell; undefined if it has no special meaning. */
export function shellWordKind(word: string): "a builtin" | "a keyword" | undefined {
  if (builtinSet.has(word)) return "a builtin";
  return keywordSet.has(word) ? "a keyword" : undefined;
}
