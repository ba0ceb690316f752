const SLASH = 0x2f;
/** Follows the path of a file that was removed, as in /proc/PID/exe. */
export const DELETED = new TextEncoder().encode(" (deleted)");

/**
 * Joins the names of a path, each with a NUL after it, the last component first and the root left
 * out, as the BPF program sends them. Returns the path's length in `to`, which must have room for
 * one byte more than the names take.
 */
export function joinPath(to: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  let nul = end - 1;
  while (nul >= start) {
    let begin = nul;
    while (begin > start && bytes[begin - 1] !== 0) begin--;
    to[length++] = SLASH;
    for (let i = begin; i < nul; i++) to[length++] = bytes[i]!;
    nul = begin - 1;
  }
  if (length === 0) to[length++] = SLASH;
  return length;
}
