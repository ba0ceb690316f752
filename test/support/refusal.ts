import { expect } from "bun:test";

/** Expects that a command ended with this status, no output and one message, which has the text. */
export function expectRefusal(
  { status, stdout, stderr }: { status: number | null; stdout: string; stderr: string },
  expectedStatus: number,
  text: string | RegExp,
): void {
  expect({ status, stdout }, stderr).toEqual({ status: expectedStatus, stdout: "" });
  expect(stderr).toMatch(/^exitsnoop: [^\n]+\n$/);
  expect(stderr).toMatch(text);
}
