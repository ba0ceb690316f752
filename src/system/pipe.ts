import { native } from "../native/library.ts";

/** Makes room for that many bytes in a pipe or FIFO, as far as the kernel allows it. */
export function enlargePipe(fd: number, bytes: number): void {
  native.enlarge_pipe(fd, bytes);
}
