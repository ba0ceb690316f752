import { readdirSync, statSync } from "node:fs";
import { TraceError } from "../errors.ts";
import { errorReason } from "../system/files.ts";
import { quotePath } from "../text/sanitize.ts";
import { checkInput, STDIN_NAME } from "./input.ts";

/** A file to read. */
export interface Recording {
  file: string;
  /** True if a running trace may have removed the file since: it is a segment of a directory. */
  isSegment: boolean;
}

/** The names of segments that can be replayed, as --keep writes them or compressed since. */
const SEGMENT = /^exits-(\d{10})\.jsonl(?:\.gz|\.zst)?$/;

/**
 * Returns the files that the operands of a replay name. A directory stands for its segments, from
 * the oldest to the newest; their numbers increase, whatever the clock did. @throws TraceError
 */
export function recordingsOf(operands: readonly string[]): Recording[] {
  return operands.flatMap((operand): Recording[] => {
    if (!isDirectory(operand)) {
      checkInput(operand);
      return [{ file: operand, isSegment: false }];
    }
    const files = segmentsOf(operand);
    // the older ones may be gone by now
    checkInput(files.at(-1)!);
    return files.map((file) => ({ file, isSegment: true }));
  });
}

function isDirectory(file: string): boolean {
  return file !== STDIN_NAME && (statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false);
}

function segmentsOf(directory: string): string[] {
  const names = new Map<string, string>();
  const prefix = directory.endsWith("/") ? directory : `${directory}/`;
  try {
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      const [, number] = SEGMENT.exec(entry.name) ?? [];
      if (number === undefined || !entry.isFile()) continue;
      const known = names.get(number);
      // gzip removes a file when its copy is complete: until then there are both
      if (known === undefined || entry.name.length < known.length) names.set(number, entry.name);
    }
  } catch (error) {
    throw new TraceError(`cannot read ${quotePath(directory)}: ${errorReason(error)}`);
  }
  if (names.size === 0) {
    throw new TraceError(
      `cannot read ${quotePath(directory)}: it is a directory without segments of --keep; name the files in it`,
    );
  }
  return [...names.values()].toSorted().map((name) => prefix + name);
}
