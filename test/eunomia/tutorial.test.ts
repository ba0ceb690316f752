/**
 * The unchanged sources of exitsnoop in eunomia's bpf-developer-tutorial: ecc's package of them in
 * both runners.
 */
import { describe, expect, test } from "bun:test";
import { cp } from "node:fs/promises";
import { fixture, runToEnd, temporaryFolder } from "../support/tracer.ts";
import { type Form, Runner } from "../support/eunomia/runner.ts";
import { compileHere } from "../support/eunomia/tools.ts";

const sources = ["exitsnoop.bpf.c", "exitsnoop.h"];
const bpf = new URL("../../bpf/", import.meta.url).pathname;

/** Hide the durations, because each runner's program reads the clock itself. */
const durations: Record<Form, [pattern: RegExp, replacement: string]> = {
  plain: [/^(00:00:00 {2}\d+ +\d+ +\d+ +)\d+ +/gm, "$1"],
  json: [/"duration_ns":\d+/g, '"duration_ns":0'],
};

describe("the tutorial's exitsnoop", () => {
  test.each(["plain", "json"] as const)("%s: ecli and exitsnoop print equal lines for 256 exit codes", async (form) => {
    using folder = temporaryFolder();
    for (const source of sources) await cp(bpf + source, `${folder.path}/${source}`);
    const { path } = await compileHere(folder.path, sources);
    const runners = await Promise.all([Runner.start("ecli", path, form), Runner.start("exitsnoop", path, form)]);
    const truths = await runToEnd([fixture("exit-statuses"), "codes"]);
    const exits = truths.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { pid: number; status: number });
    for (const runner of runners) await runner.until(() => runner.lines > exits.length, 3000);
    await Bun.sleep(200);
    const [theirs, own] = await Promise.all(runners.map((runner) => runner.end()));
    const heading = form === "plain" ? "TIME     PID    PPID   EXIT_CODE DURATION_NS COMM   " : undefined;
    if (heading) expect([theirs!.stdout.split("\n")[0], own!.stdout.split("\n")[0]]).toEqual([heading, heading]);
    // only one runner sees the exits at the start and at the end
    const ownLines = linesOf(own!.stdout, form);
    const shared = linesOf(theirs!.stdout, form).filter((line) => ownLines.includes(line));
    for (const { pid, status } of exits) {
      const seen = shared.filter((line) => isExitOf(line, form, pid, status >> 8));
      expect(seen, `the exit of ${pid}, ${own!.stderr}`).toHaveLength(1);
    }
  });
});

function linesOf(stdout: string, form: Form): string[] {
  const [pattern, replacement] = durations[form];
  return stdout.replace(pattern, replacement).split("\n");
}

function isExitOf(line: string, form: Form, pid: number, code: number): boolean {
  if (form === "json") return line.includes(`"exit_code":${code},"pid":${pid},`);
  const columns = line.split(/ +/);
  return columns[1] === String(pid) && columns[3] === String(code);
}
