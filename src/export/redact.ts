/** Replaces secrets in arguments by regular expressions that take linear time. */
import { RE2JS, type RE2JSSyntaxException } from "re2js";
import { UsageError } from "../errors.ts";
import { quoteWord } from "../text/sanitize.ts";

/** The sign for a secret. */
const REDACTED = "[redacted]";
/** Longer arguments are replaced altogether beyond this length: it bounds the time of a match. */
const MAX_LENGTH = 16 * 1024;
const SEPARATOR = " ";
/** The size of a compiled expression, in instructions: a match takes time for each of them. */
const MAX_PROGRAM = 500;
/** How long matches in the arguments of one process may take, ms, until the rest is replaced. */
const MAX_TIME = 100;

/** The start and the end of a part of the command line. */
type Span = readonly [start: number, end: number];

/**
 * Returns a function that replaces, in the arguments joined by blanks, what the expressions match:
 * their groups if they have some, and else all of it. @throws UsageError
 */
export function createRedact(expressions: readonly string[]): (args: readonly string[]) => string[] {
  const compiled = expressions.map(compile);
  return (args) => {
    const line = args.join(SEPARATOR);
    const searched = line.slice(0, MAX_LENGTH);
    const spans = compiled.flatMap((one) => spansOf(one, searched));
    // a secret that is cut off there may match no more: its word is replaced from its start
    if (line.length > MAX_LENGTH) spans.push([searched.lastIndexOf(SEPARATOR) + 1, line.length]);
    return spans.length > 0 ? replaceIn(args, merge(spans)) : [...args];
  };
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

function spansOf(expression: RE2JS, text: string): Span[] {
  const matcher = expression.matcher(text);
  const groups = matcher.groupCount();
  const spans: Span[] = [];
  const start = performance.now();
  while (matcher.find()) {
    // each match is fast, but there may be one at each character
    if (performance.now() - start > MAX_TIME) return [...spans, [matcher.start(), text.length]];
    for (let group = groups === 0 ? 0 : 1; group <= groups; group++) {
      const span = [matcher.start(group), matcher.end(group)] as const;
      // a group that took no part in the match has no start
      if (span[0] >= 0 && span[1] > span[0]) spans.push(span);
    }
  }
  return spans;
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

/** Replaces the part of each span that an argument has. */
function replaceIn(args: readonly string[], spans: readonly Span[]): string[] {
  let start = 0;
  let first = 0;
  return args.map((argument) => {
    const end = start + argument.length;
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
