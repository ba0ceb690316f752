import { describe, expect, test } from "bun:test";
import { coreDumped, exitCode, termSignal } from "../../src/record/wait-status.ts";

/** The other half of `status & 0xffff`, which the kernel leaves 0 but which no macro of wait(2) looks at. */
const GARBAGE = [0, 0x7fff_0000, -0x1_0000];

describe("a process that exited", () => {
  test("has its code, 0 to 255, and no signal", () => {
    for (const garbage of GARBAGE) {
      for (let code = 0; code < 256; code++) {
        const status = garbage | (code << 8);
        expect([exitCode(status), termSignal(status), coreDumped(status)]).toEqual([code, 0, false]);
      }
    }
  });
});

describe("a process that a signal killed", () => {
  test("has the signal, 1 to 127, and the core flag beside it", () => {
    for (const garbage of GARBAGE) {
      for (let signal = 1; signal < 128; signal++) {
        const status = garbage | signal;
        expect([termSignal(status), coreDumped(status)]).toEqual([signal, false]);
        expect([termSignal(status | 0x80), coreDumped(status | 0x80)]).toEqual([signal, true]);
      }
    }
  });
});
