/** Names of kernel addresses, compared with /proc/kallsyms. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Symbolizer } from "../../src/symbols/symbolizer.ts";
import { namesAt } from "../support/symbol-names.ts";
import { runToEnd } from "../support/tracer.ts";

describe("symbolizer, kernel", () => {
  /** Names by address, except BPF programs and probes, which other processes add and remove. */
  const list = new Map<string, string[]>();
  for (const line of readFileSync("/proc/kallsyms", "utf8").split("\n")) {
    const [address, , name, owner] = line.split(/\s+/);
    if (name && owner !== "[bpf]" && !owner?.startsWith("[__builtin__"))
      list.set(address!, [...(list.get(address!) ?? []), name]);
  }

  const first = [...list.keys()].find((hex) => BigInt(`0x${hex}`) >= 2n ** 63n)!;
  const [high, low] = [first.slice(0, 8), first.slice(8)].map((half) => Number.parseInt(half, 16));

  test("each address in /proc/kallsyms: finds the names that are listed there", () => {
    const kernel = new Symbolizer().kernel();
    const wrong: string[] = [];
    for (const [hex, names] of list) {
      const address = BigInt(`0x${hex}`);
      if (address < 2n ** 63n) continue;
      const found = namesAt(kernel, address);
      if (found.join() !== names.map((name) => `${name}+0x0`).join()) wrong.push(`${hex} ${names} ${found}`);
    }
    expect(wrong).toEqual([]);
    expect(list.size).toBeGreaterThan(10_000);
  });

  test("hidden kernel addresses: finds no name", async () => {
    // other users see zeros, unless kernel.kptr_restrict lets every user see addresses
    const source = new URL("../../src/symbols/symbolizer.ts", import.meta.url).href;
    const script = `
      const { Symbolizer } = await import(${JSON.stringify(source)});
      process.seteuid(65534);
      const isHidden = /^0+ /.test(require("fs").readFileSync("/proc/kallsyms", "latin1"));
      const { first, last } = new Symbolizer().kernel().find(${high}, ${low});
      process.stdout.write(isHidden + " " + (last < first));`;
    const { stdout } = await runToEnd([process.execPath, "-e", script]);
    expect(stdout).toBeOneOf(["true true", "false false"]);
  });
});
