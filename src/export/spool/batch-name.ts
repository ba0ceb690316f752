/** Names of the files in the spool: `0000000000000012-500.pb.gz` has 500 events. */

export const bodyTypes = ["pb", "json"] as const;
export type BodyType = (typeof bodyTypes)[number];

/** The facts about a batch that its name has, so that it need not be read to be counted. */
export interface BatchName {
  /** The place in the order of batches, from 1. */
  number: number;
  /** The number of events. */
  count: number;
  type: BodyType;
  isCompressed: boolean;
}

const DIGITS = 16;
/** The largest number of a batch: beyond 2^53, the next one would have the same name. */
export const MAX_NUMBER = 9e15;
const PATTERN = /^(\d{16})-(\d{1,9})\.(pb|json)(\.gz)?$/;
/** The end of the name of a file that is not committed. */
export const TEMPORARY = ".tmp";

export function toFileName({ number, count, type, isCompressed }: BatchName): string {
  return `${String(number).padStart(DIGITS, "0")}-${count}.${type}${isCompressed ? ".gz" : ""}`;
}

/** Returns the facts in a name; undefined: it is not the name of a batch. */
export function fromFileName(name: string): BatchName | undefined {
  const match = PATTERN.exec(name);
  if (!match || Number(match[1]) > MAX_NUMBER) return undefined;
  const [, number, count, type, gz] = match;
  return { number: Number(number), count: Number(count), type: type as BodyType, isCompressed: gz !== undefined };
}
