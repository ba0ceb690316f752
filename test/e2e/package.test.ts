/** `exitsnoop package`: what it writes, where, and what it never does; and that what it writes runs. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import exitsnoopMeta from "../../scripts/build/package/exitsnoop.meta.json" with { type: "json" };
import recorderMeta from "../../scripts/build/package/recorder-package.meta.json" with { type: "json" };
import { BtfTypes } from "../../src/eunomia/object/btf.ts";
import { sectionsOf } from "../../src/eunomia/object/elf.ts";
import { checkDeaths } from "../support/packaged-deaths.ts";
import { PackagedRun } from "../support/packaged-run.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder } from "../support/tracer.ts";

/** The arguments for each package, and what ecc wrote for it. */
const packages: [args: string[], described: typeof exitsnoopMeta | typeof recorderMeta][] = [
  [[], exitsnoopMeta],
  [["--recorder"], recorderMeta],
];

async function written(args: string[]): Promise<string> {
  const { stdout, stderr, status } = await runToEnd([binary, "package", ...args]);
  expect({ status, stderr }).toMatchObject({ status: 0, stderr: expect.stringMatching(/^Wrote .* ecli run .*\n$/) });
  return stdout;
}

describe.each(packages)("package %p", (args, described) => {
  test("is the same each time, on stdout and in a file", async () => {
    using folder = temporaryFolder();
    const text = await written(args);
    expect(await written([...args, "-o", "-"])).toBe(text);
    const { stderr } = await runToEnd([binary, "package", ...args, "--output", "p.json"], { cwd: folder.path });
    expect(stderr).toMatch(/^Wrote .* to p\.json, \d+ bytes; run it with: sudo ecli run p\.json\n$/);
    expect(readFileSync(`${folder.path}/p.json`, "utf8")).toBe(text);
    expect(statSync(`${folder.path}/p.json`).size).toBe(text.length);
  });

  test("is an object and its description", async () => {
    const { bpf_object, bpf_object_size, meta, ...rest } = JSON.parse(await written(args));
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

  test("our own runner takes it, and tells its options", async () => {
    using folder = temporaryFolder();
    await runToEnd([binary, "package", ...args, "-o", "p.json"], { cwd: folder.path });
    const help = await runToEnd([binary, "run", "p.json", "--", "--help"], { cwd: folder.path });
    expect(help.status).toBe(0);
    for (const option of ["--enable-failed", "-p, --pid", "-P, --ppid", "--min-duration-ns"]) {
      expect(help.stdout).toContain(option);
    }
  });
});

describe("where it goes", () => {
  test("on a terminal: package.json, and a second time nowhere", async () => {
    using folder = temporaryFolder();
    const onTerminal = (command: string) =>
      runToEnd(["script", "--quiet", "--return", "--command", command, "/dev/null"], {
        cwd: folder.path,
        env: { EXITSNOOP: binary },
      });
    const first = await onTerminal('"$EXITSNOOP" package');
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/^Wrote the package to package\.json, \d+ bytes; run it with: sudo ecli run/);
    const text = readFileSync(`${folder.path}/package.json`, "utf8");
    expect(text).toBe(await written([]));
    const second = await onTerminal('"$EXITSNOOP" package --recorder');
    expect(second.status).toBe(1);
    expect(second.stdout).toMatch(/^exitsnoop: package\.json is there already; overwrite it with --force, or/);
    expect(readFileSync(`${folder.path}/package.json`, "utf8")).toBe(text);
    expect((await onTerminal('"$EXITSNOOP" package --recorder --force')).status).toBe(0);
    expect(readFileSync(`${folder.path}/package.json`, "utf8")).toBe(await written(["--recorder"]));
  });

  test("a file that is there is left alone", async () => {
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/p.json`, "kept");
    const refused = await runToEnd([binary, "package", "-o", "p.json"], { cwd: folder.path });
    expect(refused).toMatchObject({ status: 1, stdout: "" });
    expect(refused.stderr).toBe(
      "exitsnoop: p.json is there already; overwrite it with --force, or name another file with --output\n",
    );
    expect(readFileSync(`${folder.path}/p.json`, "utf8")).toBe("kept");
  });

  test("--quiet says nothing", async () => {
    expect(await runToEnd([binary, "package", "-q"])).toMatchObject({ status: 0, stderr: "" });
  });

  test.each([
    ["/dev/full", '"$@" >/dev/full; echo $? >&2', "no space left on device"],
    ["a reader that is gone", '{ sleep 0.2; "$@"; echo $? >&2; } | :', "broken pipe"],
  ])("%s: one sentence and status 1", async (_, script, reason) => {
    const { stderr } = await runToEnd([...shell(script), binary, "package"]);
    expect(stderr).toMatch(/^exitsnoop: cannot write to standard output: [^\n]*\n1\n$/);
    expect(stderr).toContain(reason);
  });

  test("-o somewhere that is not: one sentence, status 1, and nothing is left", async () => {
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
])("wrong: package %p", async (args, named) => {
  const { status, stdout, stderr } = await runToEnd([binary, "package", ...args]);
  expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
  expect(stderr).toContain(named);
  expect(stderr.trim().split("\n").length).toBe(1);
});

test("a command of that name can be traced", async () => {
  const { status, stderr } = await runToEnd([binary, "--", "package"], { env: { PATH: "/nowhere" } });
  expect({ status, stderr }).toMatchObject({ status: 127, stderr: expect.stringContaining("package cannot be run") });
});

test("the recorder's package tells what wait4() said", async () => {
  using folder = temporaryFolder();
  await runToEnd([binary, "package", "--recorder", "-o", "p.json"], { cwd: folder.path });
  for (const way of ["codes", "signals", "threads", "namespaces"]) {
    using run = await PackagedRun.start([binary, "run", "-j", `${folder.path}/p.json`]);
    const driver = await runToEnd([fixture("deaths"), way], { cwd: folder.path });
    expect(checkDeaths(driver.stdout, await run.end()), way).toBeGreaterThan(0);
  }
}, 60_000);
