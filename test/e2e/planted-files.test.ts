/**
 * `-o FILE` in directories that other users can write to: exitsnoop does not follow, empty or wait
 * for a file of theirs.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { fixture, runToEnd, shell, temporaryFolder, binary } from "../support/tracer.ts";

const STRANGER = 4321;
const CONTENT = "what must stay as it is\n";

let folder: ReturnType<typeof temporaryFolder>;
/**
 * A sticky directory that every user can write to, one of the stranger's, and one that only root
 * can write to.
 */
let shared: string;
let theirs: string;
let own: string;
/** A directory of root's that the stranger's group can write to. */
let grouped: string;
/** A file of root's that links lead to. */
let victim: string;
/** A package to run. */
let tutorial: string;

const asStranger = (script: string) =>
  runToEnd(["setpriv", `--reuid=${STRANGER}`, `--regid=${STRANGER}`, "--clear-groups", ...shell(script)]);

beforeAll(async () => {
  folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  [shared, theirs, own] = ["shared", "theirs", "own"].map((name) => `${folder.path}/${name}`) as [
    string,
    string,
    string,
  ];
  for (const path of [shared, theirs, own]) mkdirSync(path);
  chmodSync(shared, 0o1777);
  await runToEnd(["chown", String(STRANGER), theirs]);
  grouped = `${folder.path}/grouped`;
  mkdirSync(grouped);
  chmodSync(grouped, 0o775);
  await runToEnd(["chgrp", String(STRANGER), grouped]);
  victim = `${own}/victim`;
  tutorial = `${own}/package.json`;
  await runToEnd([binary, "package", "-o", tutorial]);
});

afterAll(() => folder[Symbol.dispose]());

/** The commands that take -o, with few other arguments. */
const commands: [name: string, args: (file: string) => string[]][] = [
  ["exitsnoop", (file) => ["--for", "10ms", "-o", file]],
  ["exitsnoop package", (file) => ["package", "-o", file]],
  ["exitsnoop package --force", (file) => ["package", "--force", "-o", file]],
  ["exitsnoop run", (file) => ["run", "--for", "10ms", "-o", file, tutorial]],
];

/** The script by which a stranger plants $f, and the message. $v is a file of root's. */
const traps: [what: string, script: string, says: RegExp][] = [
  ["a symbolic link", 'ln -s "$v" "$f"', /is a symbolic link/],
  ["a symbolic link to nothing", 'ln -s "$v.new" "$f"', /is a symbolic link/],
  ["a FIFO that nobody reads", 'mkfifo "$f"', /is no regular file/],
  ["a file of the stranger's", 'echo >"$f"; chmod 666 "$f"', /belongs to another user|is there already/],
];

describe.each(commands)("%s -o FILE", (_, args) => {
  describe.each(["sticky", "stranger's", "group's"])("%s directory", (kind) => {
    test.each(traps)("-o FILE refuses %s without delay, with one sentence and status 1", async (_, script, says) => {
      const file = `${kind === "sticky" ? shared : kind === "group's" ? grouped : theirs}/file`;
      writeFileSync(victim, CONTENT);
      const planted = await asStranger(`f=${file} v=${victim}; ${script}`);
      expect(planted).toMatchObject({ status: 0, stderr: "" });
      const before = lstatSync(file);
      const { status, stdout, stderr } = await runToEnd(["timeout", "20", binary, ...args(file)]);
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(/^exitsnoop: [^\n]*--output\n$/);
      expect(stderr).toMatch(says);
      expect(lstatSync(file)).toMatchObject({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
      expect(readFileSync(victim, "utf8")).toBe(CONTENT);
      expect(() => lstatSync(`${victim}.new`)).toThrow("ENOENT");
      rmSync(file);
    });
  });
});

describe("exitsnoop -o FILE", () => {
  const traceTo = (file: string, via: string[] = []) =>
    runToEnd([...via, "timeout", "20", binary, "-j", "--for", "10ms", "-o", file]);

  test("-o FILE refuses a hard link to a file of root's", async () => {
    writeFileSync(victim, CONTENT);
    // fs.protected_hardlinks would stop the stranger; the check must not depend on it
    await runToEnd(["ln", victim, `${shared}/hard`]);
    const { status, stderr } = await traceTo(`${shared}/hard`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/hard has several hard links, in a directory that others may write to; [^\n]*--output\n$/);
    expect(readFileSync(victim, "utf8")).toBe(CONTENT);
    rmSync(`${shared}/hard`);
  });

  test("-o FILE refuses a path that leads through a stranger's link", async () => {
    writeFileSync(victim, CONTENT);
    await asStranger(`ln -s ${own} ${shared}/way`);
    const { status, stderr } = await traceTo(`${shared}/way/victim`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/\/way is a symbolic link in a directory that others may write to/);
    expect(readFileSync(victim, "utf8")).toBe(CONTENT);
    rmSync(`${shared}/way`);
  });

  test("-o FILE refuses a link of root's that leads to a stranger's link", async () => {
    writeFileSync(victim, CONTENT);
    await asStranger(`ln -s ${victim} ${shared}/second`);
    await runToEnd(["ln", "-s", "../shared/second", `${own}/first`]);
    const { status, stderr } = await traceTo(`${own}/first`);
    expect(status).toBe(1);
    expect(stderr).toMatch(/second is a symbolic link/);
    expect(readFileSync(victim, "utf8")).toBe(CONTENT);
    rmSync(`${shared}/second`);
    rmSync(`${own}/first`);
  });

  test.each(["0", "022", "077", "0277"])(
    "-o FILE creates a file that only its owner can read, with umask %s",
    async (umask) => {
      const file = `${shared}/new`;
      const { status } = await traceTo(file, [...shell(`umask ${umask}; exec "$@"`)]);
      expect(status).toBe(0);
      expect(statSync(file).mode & 0o777).toBe(0o600 & ~Number.parseInt(umask, 8));
      rmSync(file);
    },
  );

  test("-o FILE empties the user's own file in a directory of others, and keeps its mode", async () => {
    const file = `${shared}/mine`;
    writeFileSync(file, CONTENT, { mode: 0o640 });
    expect(await traceTo(file)).toMatchObject({ status: 0 });
    expect(readFileSync(file, "utf8")).not.toContain(CONTENT);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    rmSync(file);
  });

  test("-o FILE follows a link and takes any owner's file in a directory of root's", async () => {
    writeFileSync(`${own}/of-a-stranger`, CONTENT);
    await runToEnd(["chown", String(STRANGER), `${own}/of-a-stranger`]);
    await runToEnd(["ln", "-s", "of-a-stranger", `${own}/link`]);
    expect(await traceTo(`${own}/link`)).toMatchObject({ status: 0 });
    expect(readFileSync(`${own}/of-a-stranger`, "utf8")).not.toContain(CONTENT);
  });

  test("-o FILE takes a file of the user that called sudo, in that user's directory", async () => {
    const file = `${theirs}/of-sudo`;
    await asStranger(`echo >${file}`);
    expect(await traceTo(file, ["env", `SUDO_UID=${STRANGER}`])).toMatchObject({ status: 0 });
    expect(await traceTo(file, ["env", `SUDO_UID=${STRANGER + 1}`])).toMatchObject({ status: 1 });
    rmSync(file);
  });

  test("-o FILE writes to a FIFO of root's, also where others can write, and waits for its reader", async () => {
    for (const fifo of [`${own}/fifo`, `${shared}/fifo`]) {
      await runToEnd(["mkfifo", fifo]);
      const script = `"$@" -j --count 1 -o ${fifo} & sleep 0.5; { sleep 0.5; ${fixture("deaths")} burst 20 >/dev/null; } & timeout 20 cat ${fifo}`;
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
  ])("-o with %s writes to the open descriptor", async (_, script) => {
    const command = ["bash", "-c", script, "bash", binary, "-j", "--count", "1", "-q"];
    const running = runToEnd(command);
    const { stdout } = await Promise.race([running, dying(running)]);
    expect(stdout.split("\n")[0]).toMatch(/^\{"event":"exit".*\}$/);
  });

  test("-o with a closed descriptor: one sentence and status 1", async () => {
    const { status, stderr } = await traceTo("/dev/fd/977");
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: "exitsnoop: cannot write to /dev/fd/977: bad file descriptor; name another file with --output\n",
    });
  });

  test("-o FILE writes to a device, and refuses a directory", async () => {
    expect(await traceTo("/dev/null")).toMatchObject({ status: 0 });
    const { status, stderr } = await traceTo(own);
    expect(status).toBe(1);
    expect(stderr).toMatch(/illegal operation on a directory; name another file with --output\n$/);
  });

  test("-o FILE never empties a file that a stranger swaps in during the check", async () => {
    writeFileSync(victim, CONTENT);
    const file = `${theirs}/swapped`;
    // the name is in turns a link, a hard link to root's file, a FIFO, and absent
    const swap = `cd ${theirs} && while [ ! -e stop ]; do ln -sf ${victim} swapped; rm -f swapped; mkfifo swapped; rm -f swapped; done`;
    const swapping = asStranger(swap);
    const links = runToEnd(
      shell(`while [ ! -e ${theirs}/stop ]; do ln -f ${victim} ${file}; rm -f ${file}; done 2>/dev/null`),
    );
    for (const until = Date.now() + 5000; Date.now() < until;) {
      await runToEnd(["timeout", "20", binary, "package", "--force", "-o", file]);
      expect(readFileSync(victim, "utf8")).toBe(CONTENT);
    }
    writeFileSync(`${theirs}/stop`, "");
    await Promise.all([swapping, links]);
  });
});

/** Lets processes die until `running` has ended. */
async function dying<T>(running: Promise<T>): Promise<T> {
  for (let isOver = false; !isOver;) {
    await runToEnd([fixture("deaths"), "burst", "5"]);
    isOver = await Promise.race([running.then(() => true), Bun.sleep(50).then(() => false)]);
  }
  return running;
}
