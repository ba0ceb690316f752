/**
 * SIGHUP while another user owns or may write to the directory of the log: only a regular file of
 * the tracer's user with one link is opened again; otherwise the old file stays open.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { codesIn, exitInto, filesOf, REOPEN_USER, runAs, startService, until } from "../support/reopening.ts";
import { runToEnd, shell, temporaryFolder, type Tracer } from "../support/tracer.ts";

const OTHER_USER = 4321;
const CONTENT = "must not change\n";

let folder: ReturnType<typeof temporaryFolder>;
/** A file of root that the other user's links lead to. */
let target: string;
/** The directory of the log, and the log. */
let directory: string;
let file: string;

beforeAll(async () => {
  folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  mkdirSync(`${folder.path}/own`);
  target = `${folder.path}/own/target`;
});
afterAll(() => folder[Symbol.dispose]());

const asOtherUser = (script: string) =>
  runToEnd(["setpriv", `--reuid=${OTHER_USER}`, `--regid=${OTHER_USER}`, "--clear-groups", ...shell(script)]);

/** Scripts by which the other user makes a directory $d that he can replace files in. */
const directories: [kind: string, script: string][] = [
  ["of the other user", "chown 4321 $d"],
  ["of root that every user can write to", "chmod 777 $d"],
  ["of root with the other user's group", "chgrp 4321 $d; chmod 775 $d"],
];

beforeEach(() => {
  writeFileSync(target, CONTENT);
  directory = `${folder.path}/logs`;
  file = `${directory}/events`;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory);
});

/** Sends SIGHUP and returns the warning. */
async function hangUp(tracer: Tracer): Promise<string> {
  const before = tracer.stderr.length;
  tracer.process.kill("SIGHUP");
  await until(() => tracer.stderr.slice(before).includes("\n"));
  return tracer.stderr.slice(before);
}

/** Expects that the log is as it was opened: exits still go to the old file. */
async function expectOldFile(tracer: Tracer, old: string): Promise<void> {
  await exitInto(old, 9);
  expect(readFileSync(target, "utf8")).toBe(CONTENT);
  expect((await tracer.end()).status).toBe(0);
}

describe.each(directories)("directory %s", (_, prepare) => {
  beforeEach(async () => {
    await runToEnd([...shell(prepare.replaceAll("$d", directory))]);
  });

  /** Scripts by which the other user replaces the log $f. $v is a file of root. */
  test.each<[what: string, script: string, message: RegExp]>([
    ["a symbolic link", "ln -s $v $f", /it is a symbolic link/],
    ["a dangling symbolic link", "ln -s $v.new $f", /it is a symbolic link/],
    ["a FIFO", "mkfifo $f", /it is not a regular file/],
    ["a FIFO with a reader", "mkfifo $f; (timeout 5 cat $f >/dev/null 2>&1 &)", /it is not a regular file/],
    ["a directory", "mkdir $f", /it is not a regular file/],
    [
      "a socket",
      `F=$f perl -MIO::Socket -e 'IO::Socket::UNIX->new(Local => $ENV{F}, Listen => 1) or die'`,
      /it is not a regular file/,
    ],
    ["a file of that user", "echo >$f; chmod 666 $f", /it belongs to another user/],
  ])("log replaced by %s: the old file stays open, with a warning", async (_, script, message) => {
    const tracer = await startService(["-j", "-o", file]);
    await exitInto(file, 1);
    const planted = await asOtherUser(`f=${file} v=${target}; mv $f $f.1; ${script}`);
    expect(planted).toMatchObject({ status: 0, stderr: "" });
    const before = lstatSync(file);
    const warning = await hangUp(tracer);
    expect(warning).toMatch(message);
    expect(warning).toMatch(/^exitsnoop: cannot reopen \S+: [^\n]*; the old file stays open\n$/);
    expect(existsSync(`${target}.new`)).toBeFalse();
    expect(lstatSync(file)).toMatchObject({ ino: before.ino, size: before.size, mtimeMs: before.mtimeMs });
    await expectOldFile(tracer, `${file}.1`);
  });

  test("log replaced by a hard link to a file of root: the old file stays open, with a warning", async () => {
    const tracer = await startService(["-j", "-o", file]);
    // root creates the link, since fs.protected_hardlinks may forbid it to the other user
    await runToEnd(shell(`mv ${file} ${file}.1; ln ${target} ${file}`));
    expect(await hangUp(tracer)).toMatch(/: it has several hard links; the old file stays open\n$/);
    await expectOldFile(tracer, `${file}.1`);
  });

  test("log removed by the other user: created again with mode 0600, owned by the tracer's user", async () => {
    const tracer = await startService(["-j", "-o", file]);
    await asOtherUser(`mv ${file} ${file}.1`);
    tracer.process.kill("SIGHUP");
    await until(() => existsSync(file));
    expect(statSync(file)).toMatchObject({ uid: 0, mode: 0o100600 });
    await exitInto(file, 2);
    await tracer.end();
  });

  test("directory replaced by the other user: the file is opened in the directory of the start", async () => {
    await runToEnd(shell(`chown ${OTHER_USER} ${folder.path}`));
    const tracer = await startService(["-j", "-o", file]);
    await asOtherUser(`mv ${directory} ${directory}.1; mkdir ${directory}; ln -s ${target} ${file}`);
    await runToEnd(shell(`mv ${directory}.1/events ${directory}.1/old`));
    tracer.process.kill("SIGHUP");
    await until(() => existsSync(`${directory}.1/events`));
    await exitInto(`${directory}.1/events`, 2);
    expect(readFileSync(target, "utf8")).toBe(CONTENT);
    await tracer.end();
    await runToEnd(shell(`chown 0 ${folder.path}; rm -r ${directory}.1`));
  });

  test("directory removed by the other user: the old file stays open, with a warning", async () => {
    await runToEnd(shell(`chown ${OTHER_USER} ${folder.path}`));
    const tracer = await startService(["-j", "-o", file]);
    await runToEnd(shell(`mv ${file} ${folder.path}/moved; rmdir ${directory}`));
    expect(await hangUp(tracer)).toMatch(/: no such file or directory; the old file stays open\n$/);
    await expectOldFile(tracer, `${folder.path}/moved`);
    await runToEnd(shell(`chown 0 ${folder.path}`));
  });
});

test("name that another user keeps replacing during SIGHUPs: root's file behind it never changes", async () => {
  await runToEnd(shell(`chown ${OTHER_USER} ${directory}`));
  const tracer = await startService(["-j", "-o", file]);
  const stop = `${folder.path}/own/stop`;
  const swap = `cd ${directory} && while [ ! -e ${stop} ]; do ln -sf ${target} events; rm -f events; mkfifo events; rm -f events; mkdir events; rmdir events; : >events; rm -f events; done 2>/dev/null`;
  const swapping = asOtherUser(swap);
  // hard links of root stand for links that the other user could create without protected_hardlinks
  const linking = runToEnd(
    shell(`while [ ! -e ${stop} ]; do ln -f ${target} ${file}; rm -f ${file}; done 2>/dev/null`),
  );
  for (const end = Date.now() + 5000; Date.now() < end;) {
    tracer.process.kill("SIGHUP");
    const exited = runAs(REOPEN_USER, ["true"]);
    await Promise.all([exited, Bun.sleep(20)]);
    expect(readFileSync(target, "utf8")).toBe(CONTENT);
  }
  writeFileSync(stop, "");
  await Promise.all([swapping, linking]);
  rmSync(stop);
  const { status } = await tracer.end();
  expect(status).toBe(0);
  expect(readFileSync(target, "utf8")).toBe(CONTENT);
});

test("directory that only root can write to: a file of root is reopened at once, one of another user is not", async () => {
  const tracer = await startService(["-j", "-o", file]);
  await runToEnd(shell(`mv ${file} ${file}.1; : >${file}; chmod 640 ${file}`));
  tracer.process.kill("SIGHUP");
  await until(() => filesOf(tracer.process.pid).includes(file));
  await exitInto(file, 2);
  expect(codesIn(`${file}.1`)).toEqual([]);
  await runToEnd(shell(`mv ${file} ${file}.2; : >${file}; chown ${OTHER_USER} ${file}`));
  expect(await hangUp(tracer)).toMatch(/: it belongs to another user; the old file stays open\n$/);
  await expectOldFile(tracer, `${file}.2`);
});
