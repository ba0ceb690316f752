/**
 * Packages of ours and of the real ecc, made of the same sources: what each says of the object, and what the real ecli prints while
 * processes die. ECC and ECLI name the tools, else they are looked for in PATH.
 */
import { describe, expect, test } from "bun:test";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makePackage, type Meta } from "../../scripts/build/package.ts";
import exitsnoopMeta from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import recorderMeta from "../../scripts/build/package/recorder-package.meta.json" with { type: "json" };
import { checkRecords } from "../support/packaged-exits.ts";
import { PackagedRun } from "../support/packaged-run.ts";
import { whileProcessesExit, binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";
import { describedByEcc } from "../support/packages.ts";
import { compile } from "./tools.ts";

const ecc = process.env["ECC"] ?? Bun.which("ecc");
const ecli = process.env["ECLI"] ?? Bun.which("ecli");
const root = new URL("../..", import.meta.url).pathname;
/** How long a package runs, ms. */
const RUN = 10_000;
/** ecli does not tell when the ring was full, which on a machine that is busy with something else may be. */
const MOST_LOST = 0.01;
const HEADER = "TIME     PID    PPID   EXIT_CODE DURATION_NS COMM   ";

/** ecc at work on copies of sources, as it leaves its results beside them. */
class Workshop implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "exitsnoop-ecc-"));

  constructor(...folders: string[]) {
    for (const folder of folders) cpSync(`${root}${folder}`, this.path, { recursive: true });
  }

  /** `ecc NAME.bpf.c NAME.h` @returns what it says of the object */
  async compile(name: string): Promise<Meta> {
    const { status, stdout, stderr } = await runToEnd([ecc!, `${name}.bpf.c`, `${name}.h`], { cwd: this.path });
    expect({ status, said: status ? stdout + stderr : "" }).toEqual({ status: 0, said: "" });
    return JSON.parse(readFileSync(`${this.path}/${name}.skel.json`, "utf8"));
  }

  /** The path of the package that `exitsnoop package` writes. */
  async ours(...args: string[]): Promise<string> {
    const file = `${this.path}/ours.json`;
    expect((await runToEnd([binary, "package", ...args, "-o", file, "--force"])).status).toBe(0);
    return file;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

/** ecli, where it finds tracefs in any case. */
function ecliRun(...args: string[]): string[] {
  const mount = "mountpoint -q /sys/kernel/tracing || mount -t tracefs tracefs /sys/kernel/tracing";
  return ["unshare", "-m", ...shell(`${mount}; exec "$@"`), ecli!, "run", ...args];
}

describe.skipIf(!ecc)("ecc", () => {
  test.each([
    ["exitsnoop", exitsnoopMeta],
    ["recorder-package", recorderMeta],
  ])("describes %s as the embedded package does", async (name, described) => {
    using workshop = new Workshop("bpf");
    const { meta } = await makePackage(`${root}bpf/${name}.bpf.c`, described);
    expect(await workshop.compile(name)).toEqual(meta);
  });

  test.each(["counts", "tunables", "traffic-control", "stacks"])("describes %s as meta.jsonl does", async (name) => {
    using folder = temporaryFolder();
    const { folder: compiled } = await compile(folder.path, name);
    const meta = (await Bun.file(`${compiled}/${name}.skel.json`).json()) as Meta;
    const described = (await describedByEcc(name)) as Meta;
    expect(meta.bpf_skel).toEqual(described.bpf_skel);
    expect(meta.export_types.map(({ name, members }) => ({ name, members }))).toEqual(
      described.export_types.map(({ name, members }) => ({ name, members })),
    );
  });
});

/** A workshop that has the package, and where. */
type Maker = (workshop: Workshop) => Promise<string>;

const byEcc =
  (name: string): Maker =>
  async (workshop) => {
    await workshop.compile(name);
    return `${workshop.path}/package.json`;
  };

const makers: [string, boolean, Maker][] = [
  ["our package", true, (workshop) => workshop.ours()],
  ["ecc's package of exitsnoop.bpf.c", Boolean(ecc), byEcc("exitsnoop")],
  ["our package of the full record", true, (workshop) => workshop.ours("--recorder")],
  ["ecc's package of recorder-package.bpf.c", Boolean(ecc), byEcc("recorder-package")],
];

describe.skipIf(!ecli)("in the real ecli for ten seconds under load", () => {
  for (const [name, canMake, make] of makers) {
    test.skipIf(!canMake)(
      `${name} tells what wait4() said`,
      async () => {
        using workshop = new Workshop("bpf");
        using run = await PackagedRun.start(ecliRun("-j", await make(workshop)));
        const truths: string[] = [];
        const end = performance.now() + RUN;
        await whileProcessesExit(
          (async () => {
            while (performance.now() < end) {
              truths.push((await runToEnd([fixture("exit-statuses"), "codes"], { cwd: workshop.path })).stdout);
              await Bun.sleep(200);
            }
          })(),
        );
        expect(checkRecords(truths.join(""), await run.end(), MOST_LOST)).toBeGreaterThan(1000);
      },
      { timeout: 90_000, retry: 2 },
    );
  }

  test("our package has the tutorial's header and columns", async () => {
    using workshop = new Workshop();
    using run = await PackagedRun.start(ecliRun(await workshop.ours()));
    const { pid } = await runToEnd(["sh", "-c", "exit 7"]);
    const [header, ...rows] = (await run.end()).split("\n");
    expect(header).toBe(HEADER);
    const row = rows.find((line) => line.includes(` ${pid} `))!;
    expect(row).toMatch(new RegExp(`^\\d\\d:\\d\\d:\\d\\d  ${pid} +${process.pid} +7 +\\d+ +sh$`));
  });

  test.each([
    [["--enable-failed"], 7, 0],
    [["--ppid", String(process.pid)], 0, undefined],
    [["--min-duration-ns", "1000000000000000"], undefined, 7],
    [["-p", "4194303"], undefined, 7],
  ])("options of our package: %p", async (options, shown, hidden) => {
    for (const args of [[], ["--recorder"]]) {
      using workshop = new Workshop();
      using run = await PackagedRun.start(ecliRun("-j", await workshop.ours(...args), "--", ...options));
      const pids = new Map<number, number>();
      for (const code of [0, 7]) pids.set(code, (await runToEnd(["sh", "-c", `exit ${code}`])).pid);
      const stdout = await run.end(true);
      const says = (code: number) => stdout.includes(`"pid":${pids.get(code)},`);
      if (shown !== undefined) expect(says(shown), `${args} ${shown}`).toBe(true);
      if (hidden !== undefined) expect(says(hidden), `${args} ${hidden}`).toBe(false);
    }
  });
});
