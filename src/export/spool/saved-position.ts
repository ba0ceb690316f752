/** The position in FILE that the spool keeps: the next exporter goes on there. */
import { readSync } from "node:fs";
import * as v from "valibot";
import { MAX_NUMBER } from "./batch-name.ts";

/** The first bytes of a file that identify it: inodes are used again, times in lines are not. */
export const MAX_HEAD = 1024;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(MAX_NUMBER));
const schema = v.object({
  /**
   * The file that was read, by its inode and its first bytes. Some file systems (GlusterFS,
   * mergerfs) have inodes beyond 2^53, which are rounded.
   */
  inode: v.pipe(v.number(), v.integer(), v.minValue(0)),
  headLength: v.pipe(count, v.maxValue(MAX_HEAD)),
  headHash: v.string(),
  /** The start of the first line that no batch has. */
  offset: count,
  /** The last batch before the position. */
  batch: count,
  /** The place in the order of positions. */
  sequence: v.optional(count, 0),
});

export type SavedPosition = v.InferOutput<typeof schema>;
/** The position after the events that were read. */
export type InputPosition = Omit<SavedPosition, "batch" | "sequence">;
export type FileHead = Pick<SavedPosition, "headLength" | "headHash">;

/** The size of a position in its file. A position takes half of it; blanks fill the rest. */
export const SLOT_BYTES = 512;
/** A position and its checksum; exitsnoop 0.1.0 wrote one position without a checksum. */
const SLOT = /^(\{.*\})(?: ([0-9a-f]{8}) *)?$/;

const checksum = (text: string) => Bun.hash.crc32(text).toString(16).padStart(8, "0");

/** Returns a line of SLOT_BYTES. */
export function formatPosition(position: SavedPosition): string {
  const text = JSON.stringify(position);
  return `${`${text} ${checksum(text)}`.padEnd(SLOT_BYTES - 1)}\n`;
}

/** Returns the last position that a file of the spool has; undefined: none that is undamaged. */
export function parsePosition(text: string): SavedPosition | undefined {
  const positions = text.split("\n").flatMap((line) => parseSlot(line) ?? []);
  return positions.toSorted((a, b) => b.sequence - a.sequence)[0];
}

function parseSlot(line: string): SavedPosition | undefined {
  const [, text = "", sum] = SLOT.exec(line) ?? [];
  if (sum !== undefined && sum !== checksum(text)) return undefined;
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the start of a file, of which `offset` bytes were read. @throws Error */
export function readHead(fd: number, offset: number): Uint8Array {
  const bytes = new Uint8Array(Math.min(offset, MAX_HEAD));
  return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, 0));
}

export function toFileHead(bytes: Uint8Array): FileHead {
  return { headLength: bytes.length, headHash: Bun.SHA256.hash(bytes, "hex") };
}

/** Returns true if a file begins as the one did whose position was saved. @throws Error */
export function hasSameHead(fd: number, { headLength, headHash }: FileHead): boolean {
  const head = toFileHead(readHead(fd, headLength));
  return head.headLength === headLength && head.headHash === headHash;
}
