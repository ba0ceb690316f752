/** The fields of a wait status: wait(2); composed by do_exit() and get_signal() in the kernel. */

/** WEXITSTATUS: the exit code, 0 to 255, of a process that was not killed. */
export function exitCode(status: number): number {
  return (status >> 8) & 0xff;
}

/** WTERMSIG: the number of the signal that killed the process, or 0. */
export function termSignal(status: number): number {
  return status & 0x7f;
}

/** WCOREDUMP: true if the kernel dumped core. */
export function coreDumped(status: number): boolean {
  return (status & 0x80) !== 0;
}
