/**
 * Returns the CPU time that a call takes in this thread, in ms. Limits on it hold on a loaded
 * machine, where limits on elapsed time fail.
 */
export function cpuMilliseconds(run: () => void): number {
  const before = process.threadCpuUsage();
  run();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}
