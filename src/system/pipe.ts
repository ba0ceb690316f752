import { native } from "../native/library.ts";

/** The most that F_SETPIPE_SZ gives without privileges, unless an administrator changed it. */
export const PIPE_BYTES = 1024 * 1024;

/** Makes room for that many bytes in a pipe or FIFO, as far as the kernel allows it. */
export function enlargePipe(fd: number, bytes: number): void {
  native.enlarge_pipe(fd, bytes);
}
