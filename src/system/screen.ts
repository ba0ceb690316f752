import { LibbpfError } from "../native/errno.ts";
import { isLoaded, native } from "../native/library.ts";

const STDIN = 0;

/**
 * Shows the alternate screen of a terminal, and reads the keys of standard input, which must be the
 * same terminal, one by one. The terminal is restored however the tracer ends, SIGKILL aside.
 * @throws LibbpfError
 */
export function openScreen(fd: number): void {
  const error = native.screen_open(STDIN, fd);
  if (error) throw new LibbpfError("the terminal cannot be prepared", -error);
}

/** Restores the terminal; without a screen it does nothing. */
export function closeScreen(): void {
  if (isLoaded) native.screen_close();
}
