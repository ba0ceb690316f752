/** Finds prose that docs/CONTRIBUTING.md rules out. It reads words, not meaning. */
import { extname } from "node:path";

const MAX_COMMENT_COLUMN = 100;
const MAX_FILE_LINES = 300;

/** A sentence that begins so has no subject: "What it used." */
const HEADLESS =
  /^(What|Whom?|Whose|Whoever|Where|Wherever|Of|By|As|From|With|Those|Likewise|The (same|rest))\b(?![^.]*\?)/;
/** The program has a name: the tracer, the BPF program, the kernel, the caller. */
const FIRST_PERSON = /\b(we|us|our|ours|ourselves)\b/i;
/** Words for people that are used for things. `nobody` and NOBODY are also a user. */
const PEOPLE = /\b([Ww]hom|[Ww]hoever|[Ss]omebody)\b|(?<!user |as |`)\b[Nn]obody\b(?!`)/;
/** The title of a test stands alone in a report, so it begins with its subject. */
const TITLE = /^\s*(?:test|describe)(?:\.\w+)*(?:\(.*?\))?\(\s*["'`](?!%)(.*?)["'`],/;
const HEADLESS_TITLE =
  /^(is|are|was|or|and|of|by|with|where|what|who|whom|whose|whoever|the same|to|from|nothing|nobody|it|they|as|any|in|on|only|not|too)\b/i;

/** One hit: the rule's name, and `FILE:LINE: TEXT`. */
type Hit = readonly [rule: string, place: string];

interface Comment {
  line: number;
  /** Without the comment's marks. */
  text: string;
  columns: number;
  /** True for the first line of a block, and after a line that ends a sentence. */
  startsSentence: boolean;
}

/** The lines of comments. A comment after code on the same line is not among them. */
function commentsOf(source: string, marks: RegExp): Comment[] {
  const comments: Comment[] = [];
  let isBlock = false;
  let startsSentence = true;
  for (const [index, line] of source.split("\n").entries()) {
    const trimmed = line.trim();
    const isComment = isBlock || marks.test(trimmed);
    if (trimmed.startsWith("/*")) isBlock = true;
    if (trimmed.includes("*/")) isBlock = false;
    const text = isComment ? trimmed.replace(/^(\/\*+|\*\/|\*|\/\/+|#+)\s*|\s*\*+\/$/g, "") : "";
    if (trimmed.startsWith("/*")) startsSentence = true;
    if (text) comments.push({ line: index + 1, text, columns: line.length, startsSentence });
    startsSentence = !text || /[.:!?]$/.test(text);
  }
  return comments;
}

/** Returns every hit in one file. Only a file whose first line says "generated" may be long. */
export function languageHits(file: string, source: string): Hit[] {
  const hits: Hit[] = [];
  const hit = (rule: string, line: number, text: string) => hits.push([rule, `${file}:${line}: ${text.slice(0, 100)}`]);
  const marks = extname(file) === ".sh" ? /^#/ : /^\/[/*]/;
  for (const { line, text, columns, startsSentence } of commentsOf(source, marks)) {
    if (startsSentence && HEADLESS.test(text)) hit("headless comment", line, text);
    if (FIRST_PERSON.test(text)) hit("first person", line, text);
    if (PEOPLE.test(text)) hit("person for a thing", line, text);
    // an annotation such as ecc's `@cmdarg {…}` takes one line
    if (columns > MAX_COMMENT_COLUMN && !text.startsWith("@")) hit("wide comment", line, text);
  }
  const lines = source.split("\n");
  for (const [index, line] of lines.entries()) {
    const title = TITLE.exec(line)?.[1];
    if (title !== undefined && HEADLESS_TITLE.test(title)) hit("headless title", index + 1, title);
  }
  if (lines.length > MAX_FILE_LINES + 1 && !/generated/i.test(lines[0]!)) hit("long file", lines.length, "");
  return hits;
}
