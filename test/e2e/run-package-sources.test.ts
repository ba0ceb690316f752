/** Event sources of packages in `exitsnoop run`: ring and perf buffers, sampled maps. */
import { describe, expect, test } from "bun:test";
import { Runner } from "../support/eunomia/runner.ts";
import { makeCalls } from "../support/eunomia/side-by-side.ts";
import { mark, type Meta } from "../support/eunomia/tools.ts";
import { pack } from "../support/packages.ts";
import { parseLines, runPackage } from "../support/run-package.ts";
import { binary, fixture, runToEnd, temporaryFolder } from "../support/tracer.ts";

describe("event sources of a package", () => {
  test("perf buffer: every event is printed", async () => {
    using folder = temporaryFolder();
    const { stdout, stderr } = await runPackage(await pack(folder.path, "perf-buffer"), "json", 300, 300);
    expect(parseLines(stdout).map(({ number }) => number)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    expect(stderr).toContain("300 events, 0 lost\n");
  });

  test("sampled hash map: its keys and values are printed", async () => {
    using folder = temporaryFolder();
    const { stdout } = await runPackage(await pack(folder.path, "counts"), "json", 70, 12);
    const [last] = [parseLines(stdout).slice(-3)];
    expect(last!.reduce((sum, { value }) => sum + value.calls, 0)).toBe(70);
    expect(last!.map(({ value }) => value.comm)).toEqual(["marked", "marked", "marked"]);
  });

  test("sampled LPM trie: its keys and values are printed", async () => {
    using folder = temporaryFolder();
    const { stdout } = await runPackage(await pack(folder.path, "prefixes"), "json", 70, 12);
    const last = parseLines(stdout).slice(-4);
    expect(last.map(({ key }) => key.prefixlen).sort()).toEqual([16, 24, 32, 8]);
    expect(last.reduce((sum, { value }) => sum + value.calls, 0)).toBe(70);
  });

  test("several sources with types of their own: every event is printed", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "several-types", (meta: Meta) => {
      const id = (name: string) => meta.export_types.find((type) => type.name === name)!.type_id;
      meta.enable_multiple_export_types = true;
      for (const map of meta.bpf_skel.maps) {
        if (map.name === "events") map.export_config = { btf_type_id: id("event") };
        if (map.name === "others") map.export_config = { btf_type_id: id("other") };
      }
    });
    const events = parseLines((await runPackage(path, "json", 6, 6)).stdout);
    expect(events.filter(({ name }) => name === "event").map(({ number }) => number)).toEqual([0, 2, 4]);
    expect(events.filter(({ twice }) => twice !== undefined).map(({ twice }) => twice)).toEqual([2, 6, 10]);
  });

  test("several maps with one type: a warning names the last, which is printed", async () => {
    using folder = temporaryFolder();
    const { stderr } = await runPackage(await pack(folder.path, "last-map"), "json", 2, 2);
    expect(stderr).toMatch(
      /^exitsnoop: \d maps export events \(\w+, [\w, ]+\), but only the last, \w+, is printed, as in ecli, with the first type, event; enable_multiple_export_types prints all$/m,
    );
  });

  test("no export type for an exported map: one message that asks for the header", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "text", (meta: Meta) => void (meta.export_types = []));
    const { status, stdout, stderr } = await runToEnd([binary, "run", path]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(
      /^exitsnoop: [^\n]*meta\.export_types is empty, but the map \w+ exports events; pass the header[^\n]*\n$/,
    );
  });

  test("stack traces: printed with function names", async () => {
    using folder = temporaryFolder();
    const path = await pack(folder.path, "stacks", (meta: Meta) => {
      const map = meta.bpf_skel.maps.find(({ name }) => name === "events")!;
      map.intepreter = { stack_trace: { field_map: { pid: "who", cpu_id: "cpu" }, with_symbols: true } };
    });
    const calling = Bun.spawn([fixture("marked-calls"), String(mark), "2", "hold"], {
      stdin: "pipe",
      stdout: "ignore",
    });
    const runner = await Runner.start("exitsnoop", path, "plain");
    calling.stdin.write("x");
    await calling.stdin.flush();
    await runner.until(() => runner.lines >= 10, 5000);
    const { stdout } = await runner.end();
    calling.stdin.end();
    await calling.exited;
    expect(stdout).toMatch(new RegExp(`^COMM: marked \\(pid=${calling.pid}\\) @ CPU \\d+$`, "m"));
    expect(stdout).toMatch(/^ +\d+ \[<[0-9a-f]{16}>\] main\+0x[0-9a-f]+$/m);
  });

  test("60,000 events at once, then Ctrl-C: every event is printed", async () => {
    using folder = temporaryFolder();
    const runner = await Runner.start("exitsnoop", await pack(folder.path, "burst"), "json");
    await makeCalls(60_000);
    const { stdout, status } = await runner.end();
    expect(status).toBe(0);
    expect(parseLines(stdout).map(({ number }) => number)).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
  });
});
