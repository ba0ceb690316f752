/**
 * `-o FILE` in directories that other users can write to: exitsnoop does not follow, write to or
 * wait for a file of such a user.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { expectRefusal } from "../support/refusal.ts";
import { binary, fixture, runToEnd, shell, temporaryFolder, whileProcessesExit } from "../support/tracer.ts";

const OTHER_USER = 4321;
const CONTENT = "must not change\n";

let folder: ReturnType<typeof temporaryFolder>;
/** A sticky directory that every user can write to. */
let sticky: string;
/** A directory of the other user. */
let foreign: string;
/** A directory that only root can write to. */
let own: string;
/** A directory of root that the other user's group can write to. */
let groupWritable: string;
/** A file of root that links point to. */
let target: string;
/** A package to run. */
let packageFile: string;

const asOtherUser = (script: string) =>
  runToEnd(["setpriv", `--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, "--clear-groups", ...shell(script)]);

beforeAll(async () => {
  folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  [sticky, foreign, own] = ["sticky", "foreign", "own"].map((name) => `${folder.path}/${name}`) as [
    string,
    string,
    string,
  ];
  for (const path of [sticky, foreign, own]) mkdirSync(path);
  chmodSync(sticky, 0o1777);
  await runToEnd(["chown", String(OTHER_USER), foreign]);
  groupWritable = `${folder.path}/group-writable`;
  mkdirSync(groupWritable);
  chmodSync(groupWritable, 0o775);
  await runToEnd(["chgrp", String(OTHER_USER), groupWritable]);
  target = `${own}/target`;
  packageFile = `${own}/package.json`;
  await runToEnd([binary, "package", "-o", packageFile]);
});

afterAll(() => folder[Symbol.dispose]());

/** The commands that take -o, with few other arguments. */
const commands: [name: string, args: (file: string) => string[]][] = [
  ["exitsnoop", (file) => ["--for", "10ms", "-o", file]],
  ["exitsnoop package", (file) => ["package", "-o", file]],
  ["exitsnoop package --force", (file) => ["package", "--force", "-o", file]],
  ["exitsnoop run", (file) => ["run", "--for", "10ms", "-o", file, packageFile]],
];

/** Scripts with which the other user creates $f, and the message. $v is a file of root. */
const plantedFiles: [what: string, script: string, message: RegExp][] = [
  ["a symbolic link", 'ln -s "$v" "$f"', /is a symbolic link/],
  ["a dangling symbolic link", 'ln -s "$v.new" "$f"', /is a symbolic link/],
  ["a FIFO without a reader", 'mkfifo "$f"', /is not a regular file/],
  ["a file of another user", 'echo >"$f"; chmod 666 "$f"', /belongs to another user|exists/],
];

describe.each(commands)("%s -o FILE", (_, args) => {
  describe.each(["sticky", "foreign", "group-writable"])("-o FILE in a %s directory", (kind) => {
    test.each(plantedFiles)("%s: refused without delay, with one message and status 1", async (_, script, message) => {
      const file = `${kind === "sticky" ? sticky : kind === "group-writable" ? groupWritable : foreign}/file`;
      writeFileSync(target, CONTENT);
      const planted = await asOtherUser(`f=${file} v=${target}; ${script}`);
      expect(planted).toMatchObject({ status: 0, stderr: "" });
      const before = lstatSync(file);
      const outcome = await runToEnd(["timeout", "20", binary, ...args(file)]);
      expectRefusal(outcome, 1, message);
      expect(outcome.stderr).toEndWith("--output\n");
      expect(lstatSync(file)).toMatchObject({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
      expect(readFileSync(target, "utf8")).toBe(CONTENT);
      expect(() => lstatSync(`${target}.new`)).toThrow("ENOENT");
      rmSync(file);
    });
  });
});

describe("exitsnoop -o FILE", () => {
  const traceTo = (file: string, via: string[] = [], options: string[] = []) =>
    runToEnd([...via, "timeout", "20", binary, "-j", "--for", "10ms", ...options, "-o", file]);

  test("hard link to a file of root: refused", async () => {
    writeFileSync(target, CONTENT);
    // root creates the link, since fs.protected_hardlinks may forbid it to the other user
    await runToEnd(["ln", target, `${sticky}/hard`]);
    const { status, stderr } = await traceTo(`${sticky}/hard`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/hard has several hard links, in a directory that others may write to; [^\n]*--output\n$/);
    expect(readFileSync(target, "utf8")).toBe(CONTENT);
    rmSync(`${sticky}/hard`);
  });

  test("path through another user's link: refused", async () => {
    writeFileSync(target, CONTENT);
    await asOtherUser(`ln -s ${own} ${sticky}/way`);
    const { status, stderr } = await traceTo(`${sticky}/way/target`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/\/way is a symbolic link in a directory that others may write to/);
    expect(readFileSync(target, "utf8")).toBe(CONTENT);
    rmSync(`${sticky}/way`);
  });

  test("link of root to another user's link: refused", async () => {
    writeFileSync(target, CONTENT);
    await asOtherUser(`ln -s ${target} ${sticky}/second`);
    await runToEnd(["ln", "-s", "../sticky/second", `${own}/first`]);
    const { status, stderr } = await traceTo(`${own}/first`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/second is a symbolic link/);
    expect(readFileSync(target, "utf8")).toBe(CONTENT);
    rmSync(`${sticky}/second`);
    rmSync(`${own}/first`);
  });

  test.each(["0", "022", "077", "0277"])("new file, umask %s: mode 0600 less the umask", async (umask) => {
    const file = `${sticky}/new`;
    const { status } = await traceTo(file, [...shell(`umask ${umask}; exec "$@"`)]);
    expect(status).toBe(0);
    expect(statSync(file).mode & 0o777).toBe(0o600 & ~Number.parseInt(umask, 8));
    rmSync(file);
  });

  test("existing file of the user in a sticky directory: appended to, and its mode is kept", async () => {
    const file = `${sticky}/mine`;
    writeFileSync(file, CONTENT, { mode: 0o640 });
    expect(await traceTo(file)).toMatchObject({ status: 0 });
    expect(readFileSync(file, "utf8")).toStartWith(CONTENT);
    expect(await traceTo(file, [], ["--truncate"])).toMatchObject({ status: 0 });
    expect(readFileSync(file, "utf8")).not.toContain(CONTENT);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    rmSync(file);
  });

  test("link to another user's file in a directory of root: followed", async () => {
    writeFileSync(`${own}/of-other-user`, CONTENT);
    await runToEnd(["chown", String(OTHER_USER), `${own}/of-other-user`]);
    await runToEnd(["ln", "-s", "of-other-user", `${own}/link`]);
    expect(await traceTo(`${own}/link`)).toMatchObject({ status: 0 });
    expect(readFileSync(`${own}/of-other-user`, "utf8")).toStartWith(CONTENT);
  });

  test("file of the user that called sudo (SUDO_UID): accepted; of another user: refused", async () => {
    const file = `${foreign}/of-sudo`;
    await asOtherUser(`echo >${file}`);
    expect(await traceTo(file, ["env", `SUDO_UID=${OTHER_USER}`])).toMatchObject({ status: 0 });
    expect(await traceTo(file, ["env", `SUDO_UID=${OTHER_USER + 1}`])).toMatchObject({ status: 1 });
    rmSync(file);
  });

  test("FIFO of root, also in a sticky directory: waits for a reader and writes to it", async () => {
    for (const fifo of [`${own}/fifo`, `${sticky}/fifo`]) {
      await runToEnd(["mkfifo", fifo]);
      const script = `"$@" -j --count 1 -o ${fifo} & sleep 0.5; { sleep 0.5; ${fixture("exit-statuses")} burst 20 >/dev/null; } & timeout 20 cat ${fifo}`;
      const { stdout } = await runToEnd([...shell(script), binary]);
      expect(stdout).toMatch(/^\{"event":"exit"[^\n]*\}\n$/);
      rmSync(fifo);
    }
  });

  test.each([
    ["/dev/stdout", `exec "$@" -o /dev/stdout`],
    ["/dev/fd/1", `exec "$@" -o /dev/fd/1`],
    ["/proc/self/fd/1", `exec "$@" -o /proc/self/fd/1`],
    ["/dev/stderr", `exec "$@" -q -o /dev/stderr 2>&1`],
    ["/dev/fd/7", `exec "$@" -o /dev/fd/7 7>&1`],
    ["a pipe by process substitution", `"$@" -o >(cat); wait`],
  ])("-o %s: writes to the open descriptor", async (_, script) => {
    const command = ["bash", "-c", script, "bash", binary, "-j", "--count", "1", "-q"];
    const { stdout } = await whileProcessesExit(runToEnd(command));
    expect(stdout.split("\n")[0]).toMatch(/^\{"event":"exit".*\}$/);
  });

  test("-o /dev/fd/N with a closed descriptor: one message and status 1", async () => {
    const { status, stderr } = await traceTo("/dev/fd/977");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "exitsnoop: cannot write to file descriptor 977: bad file descriptor; name another file with --output\n",
    });
  });

  test("device: written to; directory: refused", async () => {
    expect(await traceTo("/dev/null")).toMatchObject({ status: 0 });
    const { status, stderr } = await traceTo(own);
    expect(status).toBe(1);
    expect(stderr).toMatch(/it is a directory; name a file in it \(a trace with --keep keeps segments there\)\n$/);
  });

  test("name that another user keeps replacing: root's file behind it is never truncated", async () => {
    writeFileSync(target, CONTENT);
    const file = `${foreign}/swapped`;
    // the name is in turns a symbolic link, a hard link to root's file, a FIFO, and absent
    const swap = `cd ${foreign} && while [ ! -e stop ]; do ln -sf ${target} swapped; rm -f swapped; mkfifo swapped; rm -f swapped; done`;
    const swapping = asOtherUser(swap);
    const links = runToEnd(
      shell(`while [ ! -e ${foreign}/stop ]; do ln -f ${target} ${file}; rm -f ${file}; done 2>/dev/null`),
    );
    for (const until = Date.now() + 5000; Date.now() < until;) {
      await runToEnd(["timeout", "20", binary, "package", "--force", "-o", file]);
      expect(readFileSync(target, "utf8")).toBe(CONTENT);
    }
    writeFileSync(`${foreign}/stop`, "");
    await Promise.all([swapping, links]);
  });
});
