/** Returns true for the id of a container or at least 12 of its digits; others are names. */
export function isContainerId(text: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(text);
}
