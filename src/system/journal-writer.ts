import { TraceError } from "../errors.ts";
import { describeErrno } from "../native/errno.ts";
import { native } from "../native/library.ts";
import { quotePath } from "../text/sanitize.ts";

/** The fate of records, as the writer counts them. */
interface JournalCounts {
  sent: number;
  refused: number;
  /** Why the last one was refused; undefined: none was. */
  reason: string | undefined;
  /** True if journald has closed its socket. */
  isGone: boolean;
}

/**
 * Connects to journald, and starts the process that sends records to it, which keeps the user of
 * this one. Called once, before privileges are dropped. @throws TraceError
 */
export function startJournalWriter(path: string): void {
  const error = native.start_journal_writer(path);
  if (error === 0) return;
  const reason = describeErrno(-error);
  throw new TraceError(
    `cannot reach the journal at ${quotePath(path)} (${reason}); systemd-journald has to run, and in a container its directory has to be mounted`,
  );
}

/**
 * Passes records on to the writer, each with its size (32 bits, little-endian) before it.
 * @returns the offset of the first record that has no room; undefined: the writer is gone.
 */
export function sendToJournal(records: Uint8Array, from: number, to: number): number | undefined {
  const result = Number(native.send_to_journal(records, from, to));
  return result < 0 ? undefined : result;
}

const numbers = new Float64Array(4);

export function readJournalCounts(): JournalCounts {
  native.read_journal_counts(numbers);
  const [sent, refused, error, isGone] = numbers;
  return { sent: sent!, refused: refused!, reason: error ? describeErrno(error) : undefined, isGone: isGone !== 0 };
}

/** Lets the writer end, when it has passed on what it has. */
export function closeJournal(): void {
  native.close_journal();
}
