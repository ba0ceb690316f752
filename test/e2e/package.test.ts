/** `exitsnoop package`: its output, the files that it writes, and a run of the package. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import exitsnoopMeta from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import recorderMeta from "../../scripts/build/package/recorder-package.meta.json" with { type: "json" };
import { BtfTypes } from "../../src/eunomia/object/btf.ts";
import { sectionsOf } from "../../src/eunomia/object/elf.ts";
import { checkRecords } from "../support/packaged-exits.ts";
import { PackagedRun } from "../support/packaged-run.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** The arguments for each package, and the description that ecc wrote for it. */
const packages: [args: string[], described: typeof exitsnoopMeta | typeof recorderMeta][] = [
  [[], exitsnoopMeta],
  [["--recorder"], recorderMeta],
];

/** Returns the package that is written to stdout. */
async function packageText(args: string[]): Promise<string> {
  const { stdout, stderr, status } = await runToEnd([binary, "package", ...args]);
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Wrote .* ecli run .*\n$/) });
  return stdout;
}

describe.each(packages)("exitsnoop package %p", (args, described) => {
  test("package: identical on stdout, with -o - and in a file", async () => {
    using folder = temporaryFolder();
    const text = await packageText(args);
    expect(await packageText([...args, "-o", "-"])).toBe(text);
    const { stderr } = await runToEnd([binary, "package", ...args, "--output", "p.json"], { cwd: folder.path });
    expect(stderr).toMatch(
      /^Wrote .* to p\.json, \d+ bytes; run it with: sudo exitsnoop run p\.json, or sudo ecli run p\.json\n$/,
    );
    const spaced = await runToEnd([binary, "package", ...args, "--output", "a b.json"], { cwd: folder.path });
    expect(spaced.stderr).toContain("sudo exitsnoop run 'a b.json', or sudo ecli run 'a b.json'");
    expect(readFileSync(`${folder.path}/p.json`, "utf8")).toBe(text);
    expect(statSync(`${folder.path}/p.json`).size).toBe(text.length);
  });

  test("package: contains an object, its size and its description", async () => {
    const { bpf_object, bpf_object_size, meta, ...rest } = JSON.parse(await packageText(args));
    expect(rest).toEqual({});
    expect(bpf_object).toMatch(/^[A-Za-z0-9+/]+={0,2}$/);
    expect(bpf_object.length % 4).toBe(0);
    const object = inflateSync(Buffer.from(bpf_object, "base64"));
    expect(object.length).toBe(bpf_object_size);
    const [type] = meta.export_types;
    const btf = new BtfTypes(sectionsOf(object).find(({ name }) => name === ".BTF")!.bytes);
    expect(btf.type(type.type_id)).toMatchObject({ name: type.name, size: type.size });
    expect({ ...meta, export_types: [{ ...type, type_id: 0 }] }).toEqual({
      ...described,
      export_types: [{ ...described.export_types[0], type_id: 0 }],
    });
  });

  test("exitsnoop run PACKAGE -- --help: lists the options of the package", async () => {
    using folder = temporaryFolder();
    await runToEnd([binary, "package", ...args, "-o", "p.json"], { cwd: folder.path });
    const help = await runToEnd([binary, "run", "p.json", "--", "--help"], { cwd: folder.path });
    expect(help.status).toBe(0);
    for (const option of ["--enable-failed", "-p, --pid", "-P, --ppid", "--min-duration-ns"]) {
      expect(help.stdout).toContain(option);
    }
  });
});

describe("output of exitsnoop package", () => {
  test("terminal as stdout: writes package.json, and overwrites it with --force only", async () => {
    using folder = temporaryFolder();
    const onTerminal = (command: string) =>
      runToEnd(["script", "--quiet", "--return", "--command", command, "/dev/null"], {
        cwd: folder.path,
        env: { EXITSNOOP: binary },
      });
    const first = await onTerminal('"$EXITSNOOP" package');
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(
      /^Wrote the package to package\.json, \d+ bytes; run it with: sudo exitsnoop run package\.json, or/,
    );
    const text = readFileSync(`${folder.path}/package.json`, "utf8");
    expect(text).toBe(await packageText([]));
    const second = await onTerminal('"$EXITSNOOP" package --recorder');
    expect(second.status).toBe(1);
    expect(second.stdout).toMatch(/^exitsnoop: package\.json exists; overwrite it with --force, or/);
    expect(readFileSync(`${folder.path}/package.json`, "utf8")).toBe(text);
    expect((await onTerminal('"$EXITSNOOP" package --recorder --force')).status).toBe(0);
    expect(readFileSync(`${folder.path}/package.json`, "utf8")).toBe(await packageText(["--recorder"]));
  });

  test("-o FILE that exists: refused, and the file is unchanged", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/p.json`, "kept");
    const refused = await runToEnd([binary, "package", "-o", "p.json"], { cwd: folder.path });
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toBe(
      "exitsnoop: p.json exists; overwrite it with --force, or name another file with --output\n",
    );
    expect(readFileSync(`${folder.path}/p.json`, "utf8")).toBe("kept");
  });

  test("--quiet: no message on stderr", async () => {
    expect(await runToEnd([binary, "package", "-q"])).toMatchObject({ status: 0, stderr: "" });
  });

  test.each([
    ["/dev/full as stdout", '"$@" >/dev/full; echo $? >&2', "no space left on device"],
    ["closed pipe as stdout", '{ sleep 0.2; "$@"; echo $? >&2; } | :', "broken pipe"],
  ])("%s: one message and status 1", async (_, script, reason) => {
    const { stderr } = await runToEnd([...shell(script), binary, "package"]);
    expect(stderr).toMatch(/^exitsnoop: cannot write to standard output: [^\n]*\n1\n$/);
    expect(stderr).toContain(reason);
  });

  test("-o FILE in a missing directory: one message, status 1, and no directory is created", async () => {
    using folder = temporaryFolder();
    const { status, stderr } = await runToEnd([binary, "package", "-o", "no/p.json"], { cwd: folder.path });
    expect(status).toBe(1);
    expect(stderr).toMatch(/^exitsnoop: cannot write to no\/p\.json: no such file or directory; name another[^\n]*\n$/);
    expect(existsSync(`${folder.path}/no`)).toBe(false);
  });
});

test.each([
  [["extra"], "extra"],
  [["--recordr"], "--recorder"],
  [["-j"], "-j"],
  [["-o"], "-o"],
  [["--", "true"], "--"],
  [["-q", "-v"], "contradict"],
])("exitsnoop package %p, a usage error: one message and status 2", async (args, named) => {
  const { status, stdout, stderr } = await runToEnd([binary, "package", ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(named);
  expect(stderr.trim().split("\n").length).toBe(1);
});

test("exitsnoop -- package: runs a COMMAND of that name", async () => {
  const { status, stderr } = await runToEnd([binary, "--", "package"], { env: { PATH: "/nowhere" } });
  expect({ status, stderr }).toMatchObject({ status: 127, stderr: expect.stringContaining("package cannot be run") });
});

test("package --recorder: its records match wait4(2)", async () => {
  using folder = temporaryFolder();
  await runToEnd([binary, "package", "--recorder", "-o", "p.json"], { cwd: folder.path });
  for (const way of ["codes", "signals", "threads", "namespaces"]) {
    using run = await PackagedRun.start([binary, "run", "-j", `${folder.path}/p.json`]);
    const driver = await runToEnd([fixture("exit-statuses"), way], { cwd: folder.path });
    expect(checkRecords(driver.stdout, await run.end()), way).toBeGreaterThan(0);
  }
}, 60_000);
