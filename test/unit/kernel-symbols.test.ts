import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { KernelSymbols } from "../../src/symbols/kernel-symbols.ts";
import type { SymbolSource } from "../../src/symbols/symbol-table.ts";
import { temporaryFolder } from "../support/tracer.ts";
import { namesAt } from "../support/symbol-names.ts";

function kernelOf(text: string): SymbolSource {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/kallsyms`, text);
  return new KernelSymbols(`${folder.path}/kallsyms`);
}

const kernel = kernelOf(`0000000000000000 A fixed_percpu_data
0000000000001000 A irq_stack_backing_store
ffffffff81000000 T _stext
ffffffff81000000 T _text
ffffffff81000100 t first
ffffffff81000200 T second
ffffffffc0201000 t in_module\t[some_module]
ffffffffc0205000 t bpf_prog_09d433778e762f88_hit\t[bpf]
ffffffffc0100000 t out_of_order
ffff800008000000 T on_arm64
ff11000000000000 T too_low_to_be_exact
`);

test("KernelSymbols: an address belongs to the symbol before it, up to the next symbol", () => {
  expect(namesAt(kernel, 0xffffffff81000100n)).toEqual(["first+0x0"]);
  expect(namesAt(kernel, 0xffffffff810001ffn)).toEqual(["first+0xff"]);
  expect(namesAt(kernel, 0xffffffff81000200n)).toEqual(["second+0x0"]);
  expect(namesAt(kernel, 0xffff800008000010n)).toEqual(["on_arm64+0x10"]);
});

test("KernelSymbols: finds all names of an address, in the order of the list", () => {
  expect(namesAt(kernel, 0xffffffff81000004n)).toEqual(["_stext+0x4", "_text+0x4"]);
});

test("KernelSymbols: finds symbols of modules and BPF programs without the module name, also out of order", () => {
  expect(namesAt(kernel, 0xffffffffc0201010n)).toEqual(["in_module+0x10"]);
  expect(namesAt(kernel, 0xffffffffc02050abn)).toEqual(["bpf_prog_09d433778e762f88_hit+0xab"]);
  expect(namesAt(kernel, 0xffffffffc0100001n)).toEqual(["out_of_order+0x1"]);
});

test("KernelSymbols: finds no name in the gap between the kernel and its modules", () => {
  expect(namesAt(kernel, 0xffffffffa0000000n)).toEqual([]);
  expect(namesAt(kernel, 2n ** 64n - 1n)).toEqual([]);
});

test("KernelSymbols: finds no name below the kernel's addresses, although per-CPU symbols have low values", () => {
  for (const address of [0n, 1n, 0x1000n, 0x1008n, 0x7fa6f14fbb67n, 0xff11000000000008n]) {
    expect(namesAt(kernel, address)).toEqual([]);
  }
});

test("KernelSymbols: finds no names if kptr_restrict hides the addresses, or without a list", () => {
  const hidden = kernelOf("0000000000000000 T _stext\n0000000000000000 T schedule\n");
  expect(namesAt(hidden, 0xffffffff81000000n)).toEqual([]);
  expect(namesAt(kernelOf(""), 0xffffffff81000000n)).toEqual([]);
  expect(namesAt(new KernelSymbols("/nonexistent/kallsyms"), 0xffffffff81000000n)).toEqual([]);
});

test("KernelSymbols: ignores malformed and truncated lines", () => {
  for (const text of [
    "\n\n",
    "x",
    "ffffffff81000000",
    "ffffffff81000000\n",
    "ffffffff81000000 T\n",
    "ffffffff81000000 T name",
    "0000000000000000 A x\nffffffff81000000",
  ]) {
    expect(namesAt(kernelOf(text), 0xffffffff81000000n)).toEqual([]);
  }
});
