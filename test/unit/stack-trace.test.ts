import { describe, expect, test } from "bun:test";
import { ByteSlice } from "../../src/exit/byte-slice.ts";
import {
  Addresses,
  type StackSymbolizer,
  type StackEvent,
  writeStackTrace,
} from "../../src/eunomia/print/stack-trace.ts";
import { SymbolMatch, type SymbolSource, SymbolTable } from "../../src/symbols/symbol-table.ts";
import { written } from "../support/fake-exit.ts";

const encoder = new TextEncoder();

/** Returns addresses at an unaligned offset, among other bytes. */
function addresses(values: readonly bigint[], size = values.length * 8): Addresses {
  const view = new DataView(new ArrayBuffer(values.length * 8 + 16));
  new Uint8Array(view.buffer).fill(0xee);
  for (const [i, value] of values.entries()) view.setBigUint64(3 + i * 8, value, true);
  return new Addresses().set(view, 3, values.length * 8, size);
}

function text(
  given: Partial<Omit<StackEvent, "comm">> & { comm?: string | Uint8Array },
  naming: StackSymbolizer | null = null,
) {
  const comm = typeof given.comm === "string" ? encoder.encode(given.comm) : (given.comm ?? encoder.encode("call"));
  const around = new Uint8Array(comm.length + 4).fill(0x21);
  around.set(comm, 2);
  const trace = { pid: 32412, cpu: 0, kernel: addresses([]), user: addresses([]), ...given };
  return written((out) =>
    writeStackTrace(out, { ...trace, comm: new ByteSlice().set(around, 2, 2 + comm.length) }, naming),
  );
}

/**
 * Returns a source with these names by address (hexadecimal), each at this offset in its symbol.
 */
function names(known: Record<string, string[]>, offset = 0): SymbolSource {
  const found = new SymbolMatch();
  return {
    find(high, low) {
      const list = known[((BigInt(high) << 32n) | BigInt(low)).toString(16)];
      if (!list) return found.none();
      const blob = encoder.encode(list.map((name) => `${name}\0`).join(""));
      const starts = list.map(
        (_, i) =>
          encoder.encode(
            list
              .slice(0, i)
              .map((name) => `${name}\0`)
              .join(""),
          ).length,
      );
      const keys = new Float64Array(list.length).fill(0x1000);
      const sizes = new Uint32Array(list.length).fill(2 ** 32 - 1);
      return found.search(new SymbolTable(keys, sizes, blob, Uint32Array.from(starts)), 0x1000 + offset);
    },
  };
}

const nameless = names({});

// from the output of `ecli run` (ecli-rs 0.2.9) for a program that called getpriority()
const kernel = [0xffffffffc0026537n, 0xffffffff814ca29an, 0xffffffff81000130n];
const user = [0x7fbd67f1bb67n, 0x56523b8641b9n];
const withoutNames = `COMM: callg4 (pid=28484) @ CPU 0
Kernel:
  0 [<ffffffffc0026537>]
  1 [<ffffffff814ca29a>]
  2 [<ffffffff81000130>]
Userspace:
  0 [<00007fbd67f1bb67>]
  1 [<000056523b8641b9>]

`;

test("writeStackTrace: without names, prints the text of ecli", () => {
  const trace = { comm: "callg4", pid: 28484, kernel: addresses(kernel), user: addresses(user) };
  expect(text(trace)).toBe(withoutNames);
  expect(text(trace, { kernel: () => nameless, process: () => nameless })).toBe(withoutNames);
});

test("writeStackTrace: prints names after the addresses, as ecli does", () => {
  const naming = {
    kernel: () =>
      names({ ffffffff814ca233: ["bpf_trace_run2"], ffffffffc0025c3f: ["bpf_prog_09d433778e762f88_hit"] }, 0x103),
    process: (pid: number) => names({ "556aba0b71b9": [`_ZL6middlei_of_${pid}`] }, 0x103),
  };
  const trace = {
    cpu: 17,
    kernel: addresses([0xffffffffc0025c3fn, 0xffffffff814ca233n]),
    user: addresses([0x7fa6f14fbb67n, 0x556aba0b71b9n]),
  };
  expect(text(trace, naming)).toBe(`COMM: call (pid=32412) @ CPU 17
Kernel:
  0 [<ffffffffc0025c3f>] bpf_prog_09d433778e762f88_hit+0x103
  1 [<ffffffff814ca233>] bpf_trace_run2+0x103
Userspace:
  0 [<00007fa6f14fbb67>]
  1 [<0000556aba0b71b9>] _ZL6middlei_of_32412+0x103

`);
});

test("writeStackTrace: prints several names of an address in lines of their own, in reverse order", () => {
  const naming = {
    kernel: () => names({ ffffffff81000000: ["_stext", "_text", "startup"] }, 16),
    process: () => nameless,
  };
  expect(text({ kernel: addresses([0xffffffff81000000n, 1n]) }, naming)).toBe(`COMM: call (pid=32412) @ CPU 0
Kernel:
  0 [<ffffffff81000000>]
        startup+0x10
        _text+0x10
        _stext+0x10
  1 [<0000000000000001>]
No Userspace Stack

`);
});

test("writeStackTrace: prints a line for a missing stack", () => {
  expect(text({ user: addresses([5n]) })).toBe(
    "COMM: call (pid=32412) @ CPU 0\nNo Kernel Stack\nUserspace:\n  0 [<0000000000000005>]\n\n",
  );
});

test("writeStackTrace: prints nothing if both stacks are missing, as ecli does", () => {
  expect(text({})).toBe("");
  expect(text({ kernel: addresses([1n, 2n], -14), user: addresses([1n], 7) })).toBe("");
});

describe("writeStackTrace: the size field of the event", () => {
  const lines = (size: number) => text({ user: addresses([1n, 2n, 3n], size) }).split("\n").length - 5;

  test.each([
    [24, 3],
    [16, 2],
    [15, 1],
    [8, 1],
  ])("%d bytes: %d addresses", (size, count) => expect(lines(size)).toBe(count));

  test.each([25, 32, 2 ** 31 - 1])("%d bytes: no more addresses than the array has", (size) =>
    expect(lines(size)).toBe(3),
  );
});

test("writeStackTrace: prints addresses and offsets exactly over the whole range", () => {
  const edges = [0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n, 0x8000000080000001n];
  for (const edge of edges) {
    const hex = edge.toString(16);
    const naming = { kernel: () => names({ [hex]: ["f"] }, 0xffffffff), process: () => nameless };
    expect(text({ kernel: addresses([edge]) }, naming)).toContain(`\n  0 [<${hex.padStart(16, "0")}>] f+0xffffffff\n`);
  }
  for (const offset of [0, 0xf, 0x10, 0x12345678, 0x80000000]) {
    const naming = { kernel: () => names({ 1: ["f"] }, offset), process: () => nameless };
    expect(text({ kernel: addresses([1n]) }, naming)).toContain(` f+0x${offset.toString(16)}\n`);
  }
});

test("writeStackTrace: escapes hostile names of processes and symbols, unlike ecli", () => {
  const naming = { kernel: () => nameless, process: () => names({ 1: ["\x1b[2Jf\n  1 [<0>] g\u202e"] }) };
  expect(text({ comm: "a\x1b[31m\nb", user: addresses([1n]) }, naming)).toBe(
    "COMM: $'a\\x1b[31m\\nb' (pid=32412) @ CPU 0\nNo Kernel Stack\nUserspace:\n" +
      "  0 [<0000000000000001>] $'\\x1b[2Jf\\n  1 [<0>] g\\xe2\\x80\\xae'+0x0\n\n",
  );
  expect(text({ comm: new Uint8Array([0xff, 0xfe]), user: addresses([1n]) })).toStartWith("COMM: $'\\xff\\xfe' (pid=");
});

test("writeStackTrace: prints 127 addresses with names of 4000 bytes", () => {
  const long = "\x1b".repeat(4000);
  const naming = { kernel: () => nameless, process: () => names({ 1: [long] }) };
  const lines = text({ user: addresses(Array.from({ length: 127 }, () => 1n)) }, naming).split("\n");
  expect(lines.length).toBe(132);
  expect(lines[129]).toBe(`  126 [<0000000000000001>] $'${"\\x1b".repeat(4000)}'+0x0`);
});
