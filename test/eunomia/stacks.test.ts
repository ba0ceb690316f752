/** Stack traces: ecli and exitsnoop print equal addresses and names for the same calls. */
import { describe, expect, test } from "bun:test";
import { fixture, temporaryFolder } from "../support/tracer.ts";
import { sideBySide } from "../support/eunomia/side-by-side.ts";
import { compile, mark, type Meta } from "../support/eunomia/tools.ts";

/** Offsets in main() are smaller than this. */
const MAX_OFFSET = 1024;

/** Returns an edit that makes the events stack traces, for which ecc has no comment. */
function asStackTraces(withSymbols: boolean) {
  return (meta: Meta) => {
    const map = meta.bpf_skel.maps.find(({ name }) => name === "events")!;
    map.intepreter = { stack_trace: { field_map: { pid: "who", cpu_id: "cpu" }, with_symbols: withSymbols } };
  };
}

describe("stack traces", () => {
  test.each([
    ["without symbols", false, /^ {2}0 \[<[0-9a-f]{16}>\]$/m],
    ["with symbols", true, /^ {2}1 \[<[0-9a-f]{16}>\] main\+0x[0-9a-f]+$/m],
  ] as const)("%s: ecli and exitsnoop print equal stacks", async (_, withSymbols, expectedLine) => {
    using folder = temporaryFolder();
    const { path } = await compile(folder.path, "stacks", { edit: asStackTraces(withSymbols) });
    // the process exists until both have read its symbols
    const calling = Bun.spawn([fixture("marked-calls"), String(mark), "4", "hold"], {
      stdin: "pipe",
      stdout: "pipe",
      env: {},
    });
    const { ecli, exitsnoop } = await sideBySide(path, {
      forms: ["plain"],
      lines: 20,
      settleMs: 1500,
      trigger: async () => {
        calling.stdin.write("x");
        await calling.stdin.flush();
      },
    }).finally(async () => {
      calling.stdin.end();
      await calling.exited;
    });
    const [theirs, own] = [ecli.plain.stdout, exitsnoop.plain.stdout];
    expect(theirs).toMatch(/^COMM: marked \(pid=\d+\) @ CPU \d+$/m);
    expect(theirs).toMatch(expectedLine);
    const ownLines = own.split("\n");
    expect(withoutUserOffsets(own).split("\n")).toEqual(
      withoutUserOffsets(theirs)
        .split("\n")
        .map((line, i) => withoutGuess(line, ownLines[i] ?? "")),
    );
    const offsets = [...own.matchAll(/main\+0x([0-9a-f]+)/g)].map(([, hex]) => Number.parseInt(hex!, 16));
    expect(offsets).toHaveLength(withSymbols ? 2 : 0);
    expect(Math.max(0, ...offsets)).toBeLessThan(MAX_OFFSET);
  });
});

/** Hides the offsets in user space: ecli ignores where the file is mapped. */
function withoutUserOffsets(text: string): string {
  return text.replace(/(?<=^Userspace:\n(?: .*\n)*.*\+)0x[0-9a-f]+$/gm, "0x…");
}

/**
 * Removes a name that only ecli prints: it names the nearest symbol before an address, even if that
 * symbol ends before the address, for example in a stripped library.
 */
function withoutGuess(line: string, own: string): string {
  return own.endsWith(">]") && line.startsWith(`${own} `) ? own : line;
}
