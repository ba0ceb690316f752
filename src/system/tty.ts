import { native } from "../native/library.ts";

/** Returns true if a file descriptor is a terminal. node:tty would take 2 ms to load. */
export function isTerminal(fd: number): boolean {
  return native.is_terminal(fd) === 1;
}

/** Returns the width of a terminal in characters; 0 if the descriptor is not a terminal. */
export function terminalWidth(fd: number): number {
  return native.terminal_width(fd);
}

/** Returns the height of a terminal in lines; 0 if the descriptor is not a terminal. */
export function terminalHeight(fd: number): number {
  return native.terminal_height(fd);
}

/**
 * Returns false while a program reads a terminal key by key: an editor, a pager, a shell at its
 * prompt. True also if the descriptor is not a terminal or the terminal is gone, so that writing to
 * it reports the error.
 */
export function isCanonical(fd: number): boolean {
  return native.is_terminal_canonical(fd) !== 0;
}
