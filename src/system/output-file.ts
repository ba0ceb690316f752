import { fstatSync } from "node:fs";
import { constants } from "node:os";
import { describeErrno, LibbpfError } from "../native/errno.ts";
import { toCString, native } from "../native/library.ts";
import { quotePath } from "../text/sanitize.ts";

/** native/core/output_file.c returns `-(REFUSED + reason)` if it does not trust a file. */
export const REFUSED = 10_000;
export const PATH_BYTES = 4096;
const NO_UID = 0xffff_ffff;
/** The most outputs of a run; native/core/native.h has the same number. */
export const MAX_OUTPUTS = 8;

const ADVICE = "in a directory that others may write to; name a file in a directory of your own with --output";
const reasons: Record<number, string> = {
  1: "is a symbolic link",
  2: "has several hard links,",
  3: "belongs to another user,",
  4: "is not a regular file,",
  5: "is being changed by others,",
};
const NO_BROKER = 6;
const IS_NO_FIFO = 9;

/** The arguments of output_open() in native/core/output_file.c. */
const how = { any: 0, exclusive: 1, fifo: 2 } as const;

/** Matches paths that name an open descriptor. */
const DESCRIPTOR = /^\/dev\/(?:(stdout)|(stderr)|fd\/(\d{1,9}))$|^\/proc\/(?:thread-)?self\/fd\/(\d{1,9})$/;

/** Is thrown if another user may have put a file at `path`; `reason` completes the sentence. */
class UntrustedFileError extends Error {
  override readonly name = "UntrustedFileError";

  constructor(
    readonly path: string,
    readonly reason: string,
  ) {
    super(`${path} ${reason}`);
  }
}

/** Is thrown if a file that should be a FIFO is something else. */
class NoFifoError extends Error {
  override readonly name = "NoFifoError";
}

/** Returns the number of the open descriptor that a path names, such as /dev/stdout. */
export function openDescriptor(path: string): number | undefined {
  const [, out, err, ...numbers] = DESCRIPTOR.exec(path) ?? [];
  const fd = out ? 1 : err ? 2 : numbers.find((number) => number !== undefined);
  return fd === undefined ? undefined : Number(fd);
}

/**
 * Opens a file for appending, or creates it with mode 0600; refuses files that other users may have
 * planted (native/core/output_file.c). The name of an open descriptor gives that descriptor itself.
 * @param kind `exclusive`: a regular file must be new, or the error is EEXIST; `fifo`: a FIFO,
 * which is created if it is not there, and needs no reader.
 * @throws LibbpfError, UntrustedFileError, NoFifoError
 */
export function openOutputFile(file: string, kind: keyof typeof how = "any"): number {
  const open = openDescriptor(file);
  if (open !== undefined) return checkOpen(open, file);
  const where = new Uint8Array(PATH_BYTES);
  const result = Number(native.output_open(toCString(file), how[kind], sudoUser(), where));
  if (result >= 0) return result;
  if (-result - REFUSED === IS_NO_FIFO) throw new NoFifoError();
  const reason = reasons[-result - REFUSED];
  if (!reason) throw new LibbpfError(file, -result);
  throw new UntrustedFileError(new TextDecoder().decode(where.subarray(0, where.indexOf(0))), `${reason} ${ADVICE}`);
}

/**
 * Opens an output file again under its name, or creates it, and replaces the file behind the
 * descriptor. If that fails, the old file stays open.
 * @param isNew true after a signal; false to continue after `pending`.
 * @returns `done`, `pending` if it takes longer, or the reason for a failure.
 */
export function reopenOutput(fd: number, isNew: boolean): "done" | "pending" | { reason: string } {
  const result = native.reopen_output(fd, isNew ? 1 : 0);
  if (result >= 0) return result ? "done" : "pending";
  if (-result - REFUSED === NO_BROKER) return { reason: "the process that opens it is gone" };
  const reason = reasons[-result - REFUSED];
  return { reason: reason ? `it ${reason.replace(/,$/, "")}` : describeErrno(-result) };
}

/** Returns the message for an error of openOutputFile(). */
export function describeOpenError(file: string, error: unknown): string {
  const failure = `cannot write to ${quotePath(file)}`;
  if (error instanceof UntrustedFileError) return `${failure}: ${quotePath(error.path)} ${error.reason}`;
  if (error instanceof NoFifoError)
    return `${failure}: it is not a FIFO; name a file that does not exist, and --fifo creates it`;
  if (!(error instanceof LibbpfError)) return `${failure}: ${String(error)}`;
  if (error.errno === constants.errno.EISDIR)
    return `${failure}: it is a directory; name a file in it (a trace with --keep keeps segments there)`;
  return `${failure}: ${describeErrno(error.errno)}; name another file with --output`;
}

/** Returns the descriptor. @throws LibbpfError if it is closed. */
export function checkOpen(fd: number, file: string): number {
  try {
    fstatSync(fd);
  } catch (error) {
    throw new LibbpfError(file, -((error as NodeJS.ErrnoException).errno ?? 0));
  }
  return fd;
}

/** Returns the uid that runs the tracer by sudo: files of that user are accepted as well. */
export function sudoUser(): number {
  const { SUDO_UID } = process.env;
  return process.geteuid?.() === 0 && SUDO_UID !== undefined && /^\d{1,10}$/.test(SUDO_UID) ? Number(SUDO_UID) : NO_UID;
}
