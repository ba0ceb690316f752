import { describe, expect, test } from "bun:test";
import { coreDumped, exitCode, termSignal } from "../../src/record/wait-status.ts";

/** The upper 16 bits. The kernel sets them to 0, and the macros of wait(2) ignore them. */
const GARBAGE = [0, 0x7fff_0000, -0x1_0000];

describe("the wait status of a process that exited", () => {
  test("has a code from 0 to 255, no signal and no core flag", () => {
    for (const garbage of GARBAGE) {
      for (let code = 0; code < 256; code++) {
        const status = garbage | (code << 8);
        expect([exitCode(status), termSignal(status), coreDumped(status)]).toEqual([code, 0, false]);
      }
    }
  });
});

describe("the wait status of a process that a signal killed", () => {
  test("has a signal from 1 to 127, and the core flag", () => {
    for (const garbage of GARBAGE) {
      for (let signal = 1; signal < 128; signal++) {
        const status = garbage | signal;
        expect([termSignal(status), coreDumped(status)]).toEqual([signal, false]);
        expect([termSignal(status | 0x80), coreDumped(status | 0x80)]).toEqual([signal, true]);
      }
    }
  });
});
