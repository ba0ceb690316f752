/**
 * What a C source says about its variables, maps and programs in `///` comments, read as ecc reads them by way of clang: a comment
 * belongs to the declaration behind it; `@key value` sets a key, everything else is the `description`.
 */

export type Described = Record<string, unknown>;

declare global {
  /** JSON.rawJSON() is new in ES2026, and the installed type definitions are older. */
  interface JSON {
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

interface Comment {
  text: string;
  start: number;
  end: number;
}

/** A line comment, a block comment, a string, a character: whichever begins first. */
const lexemes = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
const documenting = /^(?:\/\/[/!](?!\/)|\/\*[*!](?![*/]))/;

/** clang's block commands: all text up to the next paragraph is theirs. */
const blockCommands = new Set(
  (
    "attention author authors brief bug copyright date deprecated details invariant li note par post pre remark remarks " +
    "result return returns sa see short since test todo version warning"
  ).split(" "),
);
/** clang's inline commands: the word behind them is not text. */
const inlineCommands = new Set(["a", "anchor", "b", "c", "e", "em", "n", "p"]);

/** A source's documentation. */
export class Comments {
  #comments: Comment[] = [];
  /** The source with all comments, strings and what stands in braces blanked, place by place. */
  #outline: string;

  constructor(readonly source: string) {
    const blanked = source.replace(lexemes, (text, start: number) => {
      if (documenting.test(text)) this.#add({ text, start, end: start + text.length });
      return " ".repeat(text.length);
    });
    this.#outline = withoutBodies(blanked);
  }

  /** Of the variable of that name. */
  ofVariable(name: string): Described {
    return this.#describe(new RegExp(`\\b${name}\\b(?!\\s*\\()`, "g"));
  }

  /** Of the program of that name. */
  ofProgram(name: string): Described {
    return this.#describe(new RegExp(`\\b${name}\\s*\\(`, "g"));
  }

  /** Of the map of that name: the comment stands before the struct that is its type. */
  ofMap(name: string): Described {
    return this.#describe(new RegExp(`\\bstruct\\b[^;{}]*\\{\\s*\\}\\s*${name}\\b`, "g"));
  }

  /** Line comments below each other are one. */
  #add(comment: Comment): void {
    const last = this.#comments.at(-1);
    const isLine = comment.text.startsWith("//");
    if (last && isLine && last.text.startsWith("//") && /^\n[ \t]*$/.test(this.source.slice(last.end, comment.start))) {
      last.text += `\n${comment.text}`;
      last.end = comment.end;
    } else {
      this.#comments.push(comment);
    }
  }

  /** All declarations of one thing together. */
  #describe(pattern: RegExp): Described {
    const places = Array.from(this.#outline.matchAll(pattern), ({ index }) => index);
    return Object.assign({}, ...places.filter((at) => this.#declares(at)).map((at) => describe(this.#before(at))));
  }

  /** Whether what stands there is neither a parameter nor part of another's value. */
  #declares(place: number): boolean {
    const declaration = this.#outline.slice(0, place).split(/[;}]/).at(-1)!;
    return !declaration.includes("=") && declaration.split("(").length === declaration.split(")").length;
  }

  /** The last comment before it, unless a declaration or the preprocessor stands between. */
  #before(place: number): string {
    const comment = this.#comments.findLast(({ end }) => end <= place);
    return comment && !/[;{}#@]/.test(this.source.slice(comment.end, place)) ? comment.text : "";
  }
}

/** Declarations alone: what stands in the outermost braces is blank. */
function withoutBodies(source: string): string {
  let depth = 0;
  return source.replace(/[^\n]/g, (character) => {
    if (character === "}") depth--;
    const shown = depth > 0 ? " " : character;
    if (character === "{") depth++;
    return shown;
  });
}

/** The lines without what makes them comments. */
function linesOf(comment: string): string[] {
  if (comment.startsWith("//")) return comment.split("\n").map((line) => line.trim().slice(3));
  return comment
    .slice(3, -2)
    .split("\n")
    .map((line, index) => (index ? line.replace(/^\s*\*?/, "") : line));
}

/** Keys as ecc sets them: of several texts for one key the last counts; what is JSON becomes what it says. */
function describe(comment: string): Described {
  const keys: Described = {};
  if (!comment) return keys;
  let key = "description";
  let block: string | undefined;
  const set = (text: string) => {
    if (block) keys[block] = `${keys[block]}\n${text}`.trim();
    else if (text.trim()) keys[key] = valueOf(text.trim());
  };
  for (const line of linesOf(comment)) {
    if (!line.trim()) {
      key = "description";
      block = undefined;
      continue;
    }
    // pairs of what stands before a command and the command's name; behind the last there is only text
    const pieces = line.split(/[@\\]([A-Za-z][A-Za-z0-9]*)/);
    for (let i = 0; i < pieces.length; i += 2) {
      const command = pieces[i - 1];
      let text = pieces[i]!;
      if (command && blockCommands.has(command)) {
        block = command;
        keys[command] = "";
      } else if (command) {
        if (inlineCommands.has(command)) text = text.replace(/^\s*\S+/, "");
        block = undefined;
        key = command;
      }
      set(text);
    }
  }
  return keys;
}

/** Parses JSON. Integers that a double cannot hold keep their digits, as in ecc's packages. */
function valueOf(text: string): unknown {
  try {
    return JSON.parse(text, (_, value, context?: { source: string }) =>
      typeof value === "number" && context && /^-?\d+$/.test(context.source) && !Number.isSafeInteger(value)
        ? JSON.rawJSON(context.source)
        : value,
    );
  } catch {
    return text;
  }
}
