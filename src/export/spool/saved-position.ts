/** The position in FILE that the spool keeps: an exporter that is started again goes on there. */
import { readSync } from "node:fs";
import * as v from "valibot";

/** The first bytes of a file that identify it: inodes are used again, times in lines are not. */
export const MAX_HEAD = 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.object({
  /** The file that was read, by its inode and its first bytes. */
  inode: count,
  headLength: v.pipe(count, v.maxValue(MAX_HEAD)),
  headHash: v.string(),
  /** The start of the first line that no batch has. */
  offset: count,
  /** The last batch that was committed with the position. */
  batch: count,
});

export type SavedPosition = v.InferOutput<typeof schema>;
/** The position behind the events that were read. */
export type InputPosition = Omit<SavedPosition, "batch">;
export type FileHead = Pick<SavedPosition, "headLength" | "headHash">;

/** Returns what a file of the spool has; undefined: it is damaged. */
export function parsePosition(text: string): SavedPosition | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the start of a file, of which `offset` bytes were read. @throws Error */
export function headOf(fd: number, offset: number): FileHead {
  const bytes = new Uint8Array(Math.min(offset, MAX_HEAD));
  const length = readSync(fd, bytes, 0, bytes.length, 0);
  return { headLength: length, headHash: Bun.SHA256.hash(bytes.subarray(0, length), "hex") };
}

/** Returns true if a file begins as the one did whose position was saved. @throws Error */
export function hasSameHead(fd: number, { headLength, headHash }: FileHead): boolean {
  const head = headOf(fd, headLength);
  return head.headLength === headLength && head.headHash === headHash;
}
