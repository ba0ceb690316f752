/** Stack traces: the addresses and the names of the same calls. */
import { describe, expect, test } from "bun:test";
import { fixture, temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "./side-by-side.ts";
import { compile, mark, type Meta } from "./tools.ts";

/** ecc has no comment for it. */
function interpreter(withSymbols: boolean) {
  return (meta: Meta) => {
    const map = meta.bpf_skel.maps.find(({ name }) => name === "events")!;
    map.intepreter = { stack_trace: { field_map: { pid: "who", cpu_id: "cpu" }, with_symbols: withSymbols } };
  };
}

describe("stack traces in ecli and in ours", () => {
  for (const [what, withSymbols, least] of [
    ["addresses", false, /^ {2}0 \[<[0-9a-f]{16}>\]$/m],
    ["names", true, /^ {2}1 \[<[0-9a-f]{16}>\] main\+0x[0-9a-f]+$/m],
  ] as const) {
    test(what, async () => {
      using folder = temporaryFolder();
      const { path } = await compile(folder.path, "stacks", { edit: interpreter(withSymbols) });
      // the process must be there until both have read its symbols
      const calling = Bun.spawn([fixture("marked-calls"), String(mark), "4", "hold"], {
        stdin: "pipe",
        stdout: "pipe",
        env: {},
      });
      const { ecli, ours } = await sideBySide(path, {
        forms: ["plain"],
        lines: 20,
        after: 1500,
        trigger: async () => {
          calling.stdin.write("x");
          await calling.stdin.flush();
        },
      }).finally(async () => {
        calling.stdin.end();
        await calling.exited;
      });
      expect(ecli.plain.stdout).toMatch(/^COMM: marked \(pid=\d+\) @ CPU \d+$/m);
      expect(ecli.plain.stdout).toMatch(least);
      expect(withoutOffsets(ours.plain.stdout).split("\n")).toEqual(
        withoutOffsets(ecli.plain.stdout)
          .split("\n")
          .map((line, at) => withoutGuess(line, ours.plain.stdout.split("\n")[at] ?? "")),
      );
      const offsets = [...ours.plain.stdout.matchAll(/main\+0x([0-9a-f]+)/g)].map(([, hex]) =>
        Number.parseInt(hex!, 16),
      );
      expect(offsets).toHaveLength(withSymbols ? 2 : 0);
      expect(Math.max(0, ...offsets)).toBeLessThan(1024);
    });
  }
});

/** In user space ecli takes the offset from where the file would be, not from where it is. */
function withoutOffsets(text: string): string {
  return text.replace(/(?<=^Userspace:\n(?: .*\n)*.*\+)0x[0-9a-f]+$/gm, "0x…");
}

/** ecli names the last symbol before an address even where that one has ended, in a stripped library for one; ours names none. */
function withoutGuess(line: string, own: string): string {
  return own.endsWith(">]") && line.startsWith(`${own} `) ? own : line;
}
