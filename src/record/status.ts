/** The wait status, bit by bit: `W*` of wait(2), as the kernel composes it in do_exit() and get_signal(). */

/** The exit code 0-255 of a process that was not killed: WEXITSTATUS. */
export function exitCode(status: number): number {
  return (status >> 8) & 0xff;
}

/** The signal that killed it, or 0: WTERMSIG. */
export function termSignal(status: number): number {
  return status & 0x7f;
}

/** Whether it left a core dump: WCOREDUMP. */
export function coreDumped(status: number): boolean {
  return (status & 0x80) !== 0;
}
