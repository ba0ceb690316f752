/** decode() sets codePoint to this for invalid bytes. */
export const INVALID = -1;

/** The code point that decode() found. */
export let codePoint = 0;

/**
 * Decodes one character of UTF-8: sets `codePoint` (INVALID if there is none) and returns the bytes
 * consumed. Consumes the longest prefix of a valid sequence from invalid bytes, as the WHATWG
 * decoder does (Unicode 3.9, table 3-7).
 */
export function decode(bytes: Uint8Array, at: number, end: number): number {
  const first = bytes[at]!;
  codePoint = INVALID;
  let need = 0;
  let low = 0x80;
  let high = 0xbf;
  let value = 0;
  if (first < 0x80) {
    codePoint = first;
    return 1;
  } else if (first >= 0xc2 && first <= 0xdf) {
    need = 1;
    value = first & 0x1f;
  } else if (first >= 0xe0 && first <= 0xef) {
    need = 2;
    value = first & 0x0f;
    if (first === 0xe0) low = 0xa0;
    if (first === 0xed) high = 0x9f;
  } else if (first >= 0xf0 && first <= 0xf4) {
    need = 3;
    value = first & 0x07;
    if (first === 0xf0) low = 0x90;
    if (first === 0xf4) high = 0x8f;
  } else {
    return 1;
  }
  for (let taken = 1; taken <= need; taken++) {
    const next = at + taken < end ? bytes[at + taken]! : 0;
    if (next < low || next > high) return taken;
    value = (value << 6) | (next & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  codePoint = value;
  return need + 1;
}

/** The bytes of a character of UTF-8 after the first. */
const MAX_CONTINUATION_BYTES = 3;

/** Returns the start of the character of UTF-8 that a position is in. */
export function startOfCharacter(bytes: Uint8Array, at: number): number {
  let start = at;
  while (start > at - MAX_CONTINUATION_BYTES && (bytes[start]! & 0xc0) === 0x80) start--;
  return start;
}
