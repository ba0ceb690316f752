/** Returns a path to an open directory, which needs no rights on the directories above it. */
export function pathOf(fd: number): string {
  return `/proc/self/fd/${fd}`;
}
