/** Packages and arguments that name FIFOs, devices and directories, which must not be opened. */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { packageInSection } from "./malformed/sections.ts";
import { expectRefusal } from "../support/refusal.ts";
import { binary, runToEnd, temporaryFolder } from "../support/tracer.ts";

/** The maximum time for a refusal on a busy machine, ms; opening a FIFO would block forever. */
const MAX_MS = 10_000;

/** Creates a folder with a file of each kind that is not a program. */
function oddFolder() {
  const folder = temporaryFolder();
  const at = (name: string) => `${folder.path}/${name}`;
  for (const name of ["pipe", "libpipe.so", "q.bpf.o"]) spawnSync("mkfifo", [at(name)]);
  for (const name of ["pipe", "libpipe.so"]) chmodSync(at(name), 0o755);
  symlinkSync("pipe", at("link"));
  mkdirSync(at("directory"));
  writeFileSync(at("empty"), "");
  writeFileSync(at("sparse"), "");
  truncateSync(at("sparse"), 2 ** 42);
  // the name of a tracepoint may be a path to this file
  mkdirSync(at("tracepoint"));
  spawnSync("mkfifo", [at("tracepoint/id")]);
  return folder;
}

/**
 * Runs exitsnoop in the folder, which is in the search paths of programs and libraries. Its
 * standard input is a device.
 */
async function runIn(folder: string, ...args: string[]) {
  const { PATH = "" } = process.env;
  const env = { PATH: `${folder}:${PATH}`, LD_LIBRARY_PATH: folder };
  const command = ["timeout", "-s", "KILL", String(MAX_MS / 1000), binary, ...args];
  const { status, stdout, stderr } = await runToEnd(["sh", "-c", 'exec "$@" </dev/zero', "sh", ...command], {
    cwd: folder,
    env,
  });
  return { status, stdout, stderr };
}

describe("section name with a path", () => {
  test.each<[section: string, message: string]>([
    ["uprobe/./pipe:main", "./pipe is a FIFO, not a regular file"],
    ["uretprobe/./link:main", "./link is a FIFO"],
    ["uprobe.s/pipe:main", "/pipe is a FIFO"],
    ["uprobe/libpipe.so:main", "there is no libpipe.so in the library directories"],
    ["uprobe.multi/./pipe:m*", "./pipe is a FIFO"],
    ["uprobe/./pipe!/inside:main", "./pipe is a FIFO"],
    ["uprobe/./directory:main", "./directory is a directory"],
    ["uprobe//dev/zero:main", "/dev/zero is a device"],
    ["uprobe//dev/stdin:main", "/dev/stdin is a device"],
    ["uprobe//proc/self/fd/0:main", "/proc/self/fd/0 is a device"],
    ["uprobe/./empty:main", "./empty is not an ELF file"],
    ["uprobe/./sparse:main", "./sparse is not an ELF file"],
    ["uprobe//proc/kmsg:main", "/proc/kmsg is not an ELF file"],
    ["uprobe//proc/self/mem:main", "/proc/self/mem is not an ELF file"],
  ])("section %s: refused with one message, without delay", async (section, message) => {
    using folder = oddFolder();
    writeFileSync(`${folder.path}/p.json`, packageInSection(section));
    const outcome = await runIn(folder.path, "run", "--for", "100ms", "p.json");
    expectRefusal(outcome, 1, message);
    expect(outcome.stderr).toStartWith(`exitsnoop: p.json: on_raw cannot be attached (section ${section}): `);
  });

  test("tracepoint whose path is a FIFO: refused with one message", async () => {
    using folder = oddFolder();
    writeFileSync(`${folder.path}/p.json`, packageInSection(`tp/../../../..${folder.path}/tracepoint`));
    const { status, stderr } = await runIn(folder.path, "run", "--for", "100ms", "p.json");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^exitsnoop: p\.json: on_raw cannot be attached [^\n]+\n$/);
  });
});

describe("--btf FILE", () => {
  test.each([
    ["pipe", "it is a FIFO, not a regular file"],
    ["link", "it is a FIFO"],
    ["directory", "it is a directory"],
    ["/dev/zero", "it is a device"],
    ["/dev/stdin", "it is a device"],
    ["sparse", "it is larger than 64 MB"],
    ["missing", "no such file"],
  ])("--btf %s: refused with one message, without delay", async (file, message) => {
    using folder = oddFolder();
    writeFileSync(`${folder.path}/p.json`, packageInSection("raw_tp/sched_process_exit"));
    for (const args of [
      ["--for", "100ms"],
      ["run", "--for", "100ms", "p.json"],
    ]) {
      expectRefusal(await runIn(folder.path, ...args, "--btf", file), 1, message);
    }
    const doctor = await runIn(folder.path, "doctor", "--btf", file);
    expect(doctor.status).toBe(1);
    if (file !== "sparse") expect(doctor.stdout).toContain(message);
  });
});

test("section without a target: --inspect reports it", async () => {
  using folder = temporaryFolder();
  writeFileSync(`${folder.path}/p.json`, packageInSection("usdt"));
  const { status, stdout } = await runToEnd([binary, "run", "--inspect", `${folder.path}/p.json`]);
  expect(status).toBe(0);
  expect(stdout).toContain(
    'cannot be attached (usdt): its section has no target; write SEC("usdt/PATH:PROVIDER:NAME")',
  );
});

describe("arguments of ecli and mistakes", () => {
  test("BTF_FILE_PATH in the environment: a warning that names --btf", async () => {
    using folder = oddFolder();
    writeFileSync(`${folder.path}/p.json`, packageInSection("raw_tp/sched_process_exit"));
    const command = [binary, "run", "--for", "100ms", `${folder.path}/p.json`];
    const { status, stderr } = await runToEnd(command, { env: { BTF_FILE_PATH: "/nowhere" } });
    expect(status).toBe(0);
    expect(stderr).toStartWith(
      "exitsnoop: the environment variable BTF_FILE_PATH, which ecli reads, is ignored; name the BTF file with --btf FILE\n",
    );
  });

  test.each<[args: string[], message: string]>([
    [["p.json"], "to run it: exitsnoop run p.json"],
    [["run", "p.json", "--pid", "5"], "go after --, as in: exitsnoop run p.json -- --pid"],
    [["run", "p.json", "-p5"], "go after --, as in: exitsnoop run p.json -- -p"],
    [["run", "--pid", "5", "p.json"], "options of the package go after --"],
    [["run", "p.json", "5"], "options of the package go after --"],
  ])("arguments %j: one message with the right form, and status 2", async (args, message) => {
    expectRefusal(await runToEnd([binary, ...args]), 2, message);
  });

  test.each([
    ["ghcr.io/eunomia-bpf/opensnoop:latest", "exitsnoop does not pull OCI images"],
    ["ナ.json", "exitsnoop: ナ.json: "],
    [`${"deep/".repeat(40)}the-name-of-the-file.json`, "/the-name-of-the-file.json: no such file or directory"],
  ])("run %s: one message that names the file", async (path, message) => {
    expectRefusal(await runToEnd([binary, "run", path]), 1, message);
  });
});
