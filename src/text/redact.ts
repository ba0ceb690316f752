/** Finds secrets in arguments by regular expressions that take linear time. */
import { RE2JS, type RE2JSSyntaxException } from "re2js";
import { UsageError } from "../errors.ts";
import { quoteWord } from "./sanitize.ts";

/** The text that replaces a secret. */
export const REDACTED = "[redacted]";
/** The searched length of a command line, which bounds the time of a match. */
export const MAX_SEARCHED = 16 * 1024;
const SEPARATOR = " ";
/** The size of a compiled expression, in instructions: a match takes time for each of them. */
const MAX_PROGRAM = 500;
/** How long the matches of one expression in one command line may take, ms. */
const MAX_TIME = 100;
/** The first few matches may take longer: a busy machine may stop the tracer meanwhile. */
const FEW_MATCHES = 8;
const MAX_TIME_OF_FEW = 1000;

/** The start and the end of a part of the command line. */
export type Span = readonly [start: number, end: number];

/** The expressions of --redact. */
export class Redaction {
  /** The number of command lines that were not searched to their end, since it took too long. */
  unsearched = 0;
  readonly #expressions: readonly RE2JS[];

  /** @throws UsageError for an invalid expression, or one that would be slow. */
  constructor(expressions: readonly string[]) {
    this.#expressions = expressions.map(compile);
  }

  /**
   * Returns the parts of a command line that are replaced, in their order and without overlaps:
   * what the expressions match, or their groups if they have some.
   * @param line the arguments joined by blanks, cut to MAX_SEARCHED characters.
   * @param cutArgument the start of an argument whose end is missing, so that its secrets may not
   * match: it is replaced with all that follows. Undefined: the line is whole.
   */
  find(line: string, cutArgument?: number): Span[] {
    const spans: Span[] = [];
    let isSearched = true;
    for (const expression of this.#expressions) isSearched = addSpans(expression, line, spans) && isSearched;
    if (!isSearched) this.unsearched++;
    if (cutArgument !== undefined) spans.push([cutArgument, Number.POSITIVE_INFINITY]);
    return spans.length > 1 ? merge(spans) : spans;
  }

  /** Returns the arguments with secrets replaced. @param isCut true if their end is missing. */
  redact(args: readonly string[], isCut = false): string[] {
    const line = args.join(SEPARATOR);
    const searched = line.slice(0, MAX_SEARCHED);
    const isWhole = !isCut && line.length <= MAX_SEARCHED;
    const spans = this.find(searched, isWhole ? undefined : startOfArgument(args, searched.length));
    return spans.length > 0 ? replaceIn(args, spans) : [...args];
  }
}

function compile(expression: string): RE2JS {
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(expression);
  } catch (error) {
    const { message } = error as RE2JSSyntaxException;
    throw new UsageError(`--redact ${quoteWord(expression)}: not a regular expression of RE2: ${message}`);
  }
  if (compiled.programSize() > MAX_PROGRAM)
    throw new UsageError(`--redact ${quoteWord(expression)}: too complex, so that it would be slow; use smaller {n,m}`);
  return compiled;
}

/** Returns false if the rest of the text was not searched; then one span covers all of it. */
function addSpans(expression: RE2JS, text: string, spans: Span[]): boolean {
  // without groups, RE2 uses a DFA, which is five times as fast
  if (!expression.test(text)) return true;
  const matcher = expression.matcher(text);
  const groups = matcher.groupCount();
  const start = performance.now();
  for (let matches = 1; matcher.find(); matches++) {
    // each match is fast, but there may be one at each character
    if (performance.now() - start > (matches > FEW_MATCHES ? MAX_TIME : MAX_TIME_OF_FEW)) {
      spans.push([matcher.start(), text.length]);
      return false;
    }
    for (let group = groups === 0 ? 0 : 1; group <= groups; group++) {
      const span = [matcher.start(group), matcher.end(group)] as const;
      // a group that took no part in the match has no start
      if (span[0] >= 0 && span[1] > span[0]) spans.push(span);
    }
  }
  return true;
}

/** Returns the spans in their order, those that touch as one. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const [start, end] of spans.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && start <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], end)];
    else merged.push([start, end]);
  }
  return merged;
}

/** Returns where the argument starts that has the end of the first `length` characters. */
function startOfArgument(args: readonly string[], length: number): number {
  let start = 0;
  for (const argument of args) {
    const end = start + argument.length;
    if (end >= length) break;
    start = end + SEPARATOR.length;
  }
  return start;
}

/** Replaces the part of each span that an argument has. */
function replaceIn(args: readonly string[], spans: readonly Span[]): string[] {
  let start = 0;
  let first = 0;
  return args.map((argument) => {
    const end = start + argument.length;
    if (start === end) {
      start += SEPARATOR.length;
      return argument;
    }
    let text = "";
    let at = start;
    while (first < spans.length && spans[first]![1] <= start) first++;
    for (let i = first; i < spans.length && spans[i]![0] < end; i++) {
      const [from, to] = spans[i]!;
      text += argument.slice(at - start, Math.max(at, from) - start) + REDACTED;
      at = Math.min(end, to);
    }
    text += argument.slice(at - start);
    start = end + SEPARATOR.length;
    return text;
  });
}
