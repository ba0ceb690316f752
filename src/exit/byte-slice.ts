/** A piece of somebody else's bytes; moved, not copied. */
export class Text {
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;

  set(bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return this;
  }
}

const SLASH = 0x2f;

/**
 * Turns the names of a path, from the leaf to below the root with a NUL behind each, into the path. Returns its length in `to`,
 * which has room for one byte more than the names take.
 */
export function joinPath(to: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  let length = 0;
  let stop = end - 1;
  while (stop >= start) {
    // bytes[stop] is the NUL behind a name; its beginning follows the NUL before it
    let begin = stop;
    while (begin > start && bytes[begin - 1] !== 0) begin--;
    to[length++] = SLASH;
    for (let i = begin; i < stop; i++) to[length++] = bytes[i]!;
    stop = begin - 1;
  }
  if (length === 0) to[length++] = SLASH;
  return length;
}
