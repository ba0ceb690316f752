/**
 * The packages that exitsnoop writes, and those that the real ecc makes of the same sources: equal
 * descriptions, and complete output in the real ecli while processes exit.
 */
import { describe, expect, test } from "bun:test";
import { cpSync } from "node:fs";
import { makePackage } from "../../scripts/build/package.ts";
import exitsnoopMeta from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import recorderMeta from "../../scripts/build/package/recorder-package.meta.json" with { type: "json" };
import { describedByEcc } from "../support/packages.ts";
import { checkRecords } from "../support/packaged-exits.ts";
import { whileProcessesExit, binary, fixture, runToEnd, temporaryFolder } from "../support/tracer.ts";
import { Runner } from "../support/eunomia/runner.ts";
import { compile, compileHere, type Meta } from "../support/eunomia/tools.ts";

const root = new URL("../..", import.meta.url).pathname;
const RUN_MS = 10_000;
/** The part of the exits that ecli may lose without a message if the ring is full. */
const MAX_LOST = 0.01;

/** Writes a package to a folder. Returns its path. */
type MakePackage = (folder: string) => Promise<string>;

/** Compiles NAME.bpf.c of bpf/ with ecc. */
const byEcc =
  (name: string): MakePackage =>
  async (folder) => {
    cpSync(`${root}bpf`, folder, { recursive: true });
    return (await compileHere(folder, [`${name}.bpf.c`, `${name}.h`])).path;
  };

const byExitsnoop =
  (...options: string[]): MakePackage =>
  async (folder) => {
    const file = `${folder}/package.json`;
    expect((await runToEnd([binary, "package", ...options, "-o", file, "--force"])).status).toBe(0);
    return file;
  };

/** Reads the description that ecc wrote to a folder. */
const readMeta = (folder: string, name: string) => Bun.file(`${folder}/${name}.skel.json`).json();

describe("the description of an object", () => {
  test.each([
    ["exitsnoop", exitsnoopMeta],
    ["recorder-package", recorderMeta],
  ])("%s: ecc's equals that of the embedded package", async (name, described) => {
    using folder = temporaryFolder();
    await byEcc(name)(folder.path);
    const { meta } = await makePackage(`${root}bpf/${name}.bpf.c`, described);
    expect(await readMeta(folder.path, name)).toEqual(meta);
  });

  test.each(["counts", "tunables", "tc", "stacks"])("%s: ecc's equals that in meta.jsonl", async (name) => {
    using folder = temporaryFolder();
    const compiled = await compile(folder.path, name);
    const meta = (await readMeta(compiled.folder, name)) as Meta;
    const described = (await describedByEcc(name)) as Meta;
    expect(meta.bpf_skel).toEqual(described.bpf_skel);
    expect(meta.export_types.map(({ name, members }) => ({ name, members }))).toEqual(
      described.export_types.map(({ name, members }) => ({ name, members })),
    );
  });
});

/** Waits until a runner prints the exit of a new child of this process, and returns its pid. */
async function childPrinted(runner: Runner): Promise<number> {
  const end = performance.now() + 20_000;
  while (performance.now() < end && !runner.hasFailed) {
    const { pid } = await runToEnd(["true"]);
    // in both forms the parent follows the pid; the exit may be lost
    if (await runner.untilPrinted(new RegExp(`\\b${pid}\\D+${process.pid}\\b`), 1000)) return pid;
  }
  throw new Error(`ecli no longer prints exits: ${runner.stderr}`);
}

/**
 * Ends ecli after it has printed all previous exits, because it discards unread records. Returns
 * its stdout.
 */
async function endWhenPrinted(runner: Runner): Promise<string> {
  await childPrinted(runner);
  const { status, stdout } = await runner.end();
  expect(status).toBe(0);
  return stdout;
}

describe("packages in the real ecli", () => {
  test.each([
    ["exitsnoop's package", byExitsnoop()],
    ["ecc's package of exitsnoop.bpf.c", byEcc("exitsnoop")],
    ["exitsnoop's package of the full record", byExitsnoop("--recorder")],
    ["ecc's package of recorder-package.bpf.c", byEcc("recorder-package")],
  ])(
    "%s, for ten seconds under load: each exit with its status, as wait4() returns it",
    async (_, make) => {
      using folder = temporaryFolder();
      const runner = await Runner.start("ecli", await make(folder.path), "json");
      const truths: string[] = [];
      const end = performance.now() + RUN_MS;
      await whileProcessesExit(
        (async () => {
          while (performance.now() < end) {
            truths.push((await runToEnd([fixture("exit-statuses"), "codes"], { cwd: folder.path })).stdout);
            await Bun.sleep(200);
          }
        })(),
      );
      const stdout = await endWhenPrinted(runner).finally(() => runner.process.kill("SIGKILL"));
      expect(checkRecords(truths.join(""), stdout, MAX_LOST)).toBeGreaterThan(1000);
    },
    // ecli stops at the name of another process on this machine if that is not UTF-8
    { timeout: 90_000, retry: 2 },
  );

  test("exitsnoop's package has the tutorial's heading and columns", async () => {
    using folder = temporaryFolder();
    const runner = await Runner.start("ecli", await byExitsnoop()(folder.path), "plain");
    const { pid } = await runToEnd(["sh", "-c", "exit 7"]);
    const [heading, ...rows] = (await endWhenPrinted(runner)).split("\n");
    expect(heading).toBe("TIME     PID    PPID   EXIT_CODE DURATION_NS COMM   ");
    const row = rows.find((line) => line.includes(` ${pid} `))!;
    expect(row).toMatch(new RegExp(`^00:00:00  ${pid} +${process.pid} +7 +\\d+ +sh$`));
  });

  test.each<[name: string, options: string[], shown: number | undefined, hidden: number | undefined]>([
    ["--enable-failed: exit code 7 only", ["--enable-failed"], 7, 0],
    ["--ppid of the test: its child", ["--ppid", String(process.pid)], 0, undefined],
    ["--min-duration-ns of eleven days: nothing", ["--min-duration-ns", "1000000000000000"], undefined, 7],
    ["-p of a process that does not exist: nothing", ["-p", "4194303"], undefined, 7],
  ])("exitsnoop's packages print with %s", async (_, options, shown, hidden) => {
    for (const args of [[], ["--recorder"]]) {
      using folder = temporaryFolder();
      const runner = await Runner.start("ecli", await byExitsnoop(...args)(folder.path), "json", options);
      const pids = new Map<number, number>();
      for (const code of [0, 7]) pids.set(code, (await runToEnd(["sh", "-c", `exit ${code}`])).pid);
      await Bun.sleep(500);
      const { status, stdout } = await runner.end();
      expect(status).toBe(0);
      const isPrinted = (code: number) => stdout.includes(`"pid":${pids.get(code)},`);
      if (shown !== undefined) expect(isPrinted(shown), `${args} ${shown}`).toBe(true);
      if (hidden !== undefined) expect(isPrinted(hidden), `${args} ${hidden}`).toBe(false);
    }
  });
});
