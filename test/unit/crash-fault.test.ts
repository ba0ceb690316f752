import { describe, expect, test } from "bun:test";
import { accessOf, addressOf, type Fault, isFault, isStackOverflow } from "../../src/crash/fault.ts";

const STACK = 0x7ffc_0000_0000n;
const GROWS_DOWN = 0x103n;
const GUARD = 0n;
const fault = (values: Partial<Fault> = {}): Fault => ({
  signal: 11,
  code: 1,
  address: 0x18n,
  errorCode: 6n,
  trap: 14n,
  faultAddress: 0x18n,
  sp: STACK + 0x1000n,
  stackStart: STACK,
  stackFlags: GROWS_DOWN,
  ...values,
});
/** An error code of arm64: the exception class, and whether it was a write. */
const arm64 = (exception: bigint, isWrite = false) =>
  fault({ trap: 0n, errorCode: (exception << 26n) | (isWrite ? 64n : 0n) });

describe("accessOf():", () => {
  test.each<[string, Partial<Fault>, string | null]>([
    ["a read", { errorCode: 4n }, "read"],
    ["a write", { errorCode: 6n }, "write"],
    ["a jump", { errorCode: 0x14n }, "exec"],
    ["another trap than a page fault", { trap: 13n }, null],
    ["a signal that was sent: the state of the CPU is that of an older fault", { code: 0 }, null],
    ["a signal that no fault causes", { signal: 6, code: 1 }, null],
  ])("x86-64, %s", (_, values, access) => {
    expect(accessOf(fault(values), "x64")).toBe(access as never);
  });

  test("arm64: by the exception class and the write bit", () => {
    expect(accessOf(arm64(0x24n), "arm64")).toBe("read");
    expect(accessOf(arm64(0x25n, true), "arm64")).toBe("write");
    expect(accessOf(arm64(0x20n), "arm64")).toBe("exec");
    expect(accessOf(arm64(0x15n), "arm64")).toBeNull();
  });
});

test("isFault(): a signal of the CPU with a positive code", () => {
  expect(isFault({ signal: 11, code: 0x80 })).toBeTrue();
  for (const other of [
    { signal: 11, code: 0 },
    { signal: 11, code: -6 },
    { signal: 6, code: 1 },
    { signal: 31, code: 1 },
  ]) {
    expect(isFault(other)).toBeFalse();
  }
});

describe("addressOf():", () => {
  test("a fault: si_addr", () => expect(addressOf(fault(), "x64")).toBe(0x18n));
  test("an invalid pointer: none", () => expect(addressOf(fault({ code: 0x80, trap: 13n }), "x64")).toBeNull());
  test("a page fault without si_addr, as after an overflow that a handler could not run for: the CPU's", () =>
    expect(addressOf(fault({ code: 0x80, address: 0n, faultAddress: 77n }), "x64")).toBe(77n));
  test("a signal that was sent: none", () => expect(addressOf(fault({ code: 0 }), "x64")).toBeNull());
});

describe("isStackOverflow():", () => {
  test.each<[string, Partial<Fault>, boolean]>([
    ["below the main stack, near the stack pointer", { faultAddress: STACK - 8n, sp: STACK + 8n }, true],
    ["in the main stack", { faultAddress: STACK + 8n, sp: STACK + 16n }, false],
    ["far from the stack pointer", { faultAddress: STACK - 0x20000n, sp: STACK }, false],
    ["in the guard page of a thread", { faultAddress: STACK + 8n, sp: STACK + 64n, stackFlags: GUARD }, true],
    ["in memory that may be read", { faultAddress: STACK + 8n, sp: STACK + 64n, stackFlags: 3n }, false],
    ["without a mapping at the stack pointer", { faultAddress: STACK, sp: STACK, stackStart: 0n }, false],
    ["of another signal", { signal: 7, faultAddress: STACK - 8n, sp: STACK }, false],
    ["not a page fault", { trap: 13n, faultAddress: STACK - 8n, sp: STACK }, false],
  ])("a fault %s: %p", (_, values, expected) => {
    expect(isStackOverflow(fault(values), "x64")).toBe(expected);
  });
});
