/** The pipes and child processes of exitsnoop agent: src/native/core/supervise.c. */
import { constants } from "node:os";
import { LibbpfError } from "../native/errno.ts";
import { native, toCString } from "../native/library.ts";

const { EAGAIN, EPIPE } = constants.errno;
const FD_LIMIT = 2 ** 32;
/** poll(2) */
const POLLIN = 1;
const POLLOUT = 4;

export interface Pipe {
  read: number;
  write: number;
}

/**
 * @param capacity bytes, as far as the kernel allows it.
 * @param nonblocking the ends that do not block. @throws LibbpfError
 */
export function createPipe(capacity: number, ...nonblocking: (keyof Pipe)[]): Pipe {
  const bits = (nonblocking.includes("read") ? 1 : 0) | (nonblocking.includes("write") ? 2 : 0);
  const ends = Number(native.create_pipe(capacity, bits));
  if (ends < 0) throw new LibbpfError("no pipe can be created", -ends);
  return { read: ends % FD_LIMIT, write: Math.floor(ends / FD_LIMIT) };
}

/**
 * Starts this program with other arguments.
 * @param files the descriptors that become stdin, stdout and stderr.
 * @param deathSignal sent when the agent dies, also by SIGKILL.
 * @returns the pid. @throws LibbpfError
 */
export function startSupervised(
  args: readonly string[],
  files: readonly [stdin: number, stdout: number, stderr: number],
  deathSignal: number,
): number {
  const words = ["exitsnoop", ...args];
  const pid = Number(
    native.start_supervised(toCString(words.join("\0")), words.length, Int32Array.from(files), deathSignal),
  );
  if (pid < 0) throw new LibbpfError("no process can be started", -pid);
  return pid;
}

/** Returns the wait status of a child that has ended, and reaps it; undefined while it runs. */
export function takeStatus(pid: number): number | undefined {
  const status = native.supervised_status(pid);
  return status < 0 ? undefined : status;
}

/**
 * Reaps processes that this one adopted, as process 1 of a container.
 * @param own the processes that it started, which are not reaped.
 */
export function reapAdopted(own: readonly number[]): void {
  native.reap_adopted(Int32Array.from([...own, 0]), own.length);
}

/** A descriptor to wait for, and what happened to it. */
export interface Polled {
  fd: number;
  for: "read" | "write";
  isReady: boolean;
}

const entries = new Int32Array(16);

/**
 * Sleeps until one of the descriptors is ready, a signal came, a child ended, or the time is over.
 * @returns the stop signal, once there was one.
 */
export function pollFiles(polled: readonly Polled[], timeout: number): number {
  for (const [i, { fd, for: what }] of polled.entries()) {
    entries[2 * i] = fd;
    entries[2 * i + 1] = what === "read" ? POLLIN : POLLOUT;
  }
  const signal = native.poll_files(entries, polled.length, Math.max(0, Math.ceil(timeout)));
  // also after POLLHUP and POLLERR, which the next read or write reports
  for (const [i, one] of polled.entries()) one.isReady = entries[2 * i + 1] !== 0;
  return signal;
}

/** Forgets the stop signal, so that pollFiles() sleeps. */
export function clearStopSignal(): void {
  native.clear_stop_signal();
}

/** Returns the bytes read; 0: the end; undefined: there are none now. @throws LibbpfError */
export function readSome(fd: number, to: Uint8Array): number | undefined {
  const length = Number(native.read_some(fd, to, to.length));
  if (length === -EAGAIN) return undefined;
  if (length < 0) throw new LibbpfError("a pipe cannot be read", -length);
  return length;
}

/**
 * Writes bytes as far as there is room.
 * @returns the number written; undefined: no process can read them. @throws LibbpfError
 */
export function writeSome(fd: number, bytes: Uint8Array): number | undefined {
  const length = Number(native.write_some(fd, bytes, bytes.length));
  if (length === -EAGAIN) return 0;
  if (length === -EPIPE) return undefined;
  if (length < 0) throw new LibbpfError("a pipe cannot be written", -length);
  return length;
}

/** Returns how many bytes a pipe holds. @throws LibbpfError */
export function pipeBytes(fd: number): number {
  const bytes = native.pipe_bytes(fd);
  if (bytes < 0) throw new LibbpfError("a pipe cannot be read", -bytes);
  return bytes;
}
