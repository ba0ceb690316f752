/** The launcher of the npm package, with a shell script in place of the binary. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, copyFileSync, mkdirSync, rmSync } from "node:fs";
import { root } from "../../scripts/build/run.ts";
import { find } from "../../scripts/build/target.ts";
import { Terminal } from "../support/terminal.ts";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";

const { loader, arch } = find(`linux-${process.arch}`);
const own = { package: "@exitsnoop/own", cpu: arch, libc: "glibc", loader };
const other = { package: "@exitsnoop/other", cpu: arch, libc: "musl", loader };
const folder = temporaryFolder();
const modules = `${folder.path}/node_modules`;
const launcher = `${modules}/exitsnoop/exitsnoop.js`;

async function describeBuilds(...builds: (typeof own)[]): Promise<void> {
  await Bun.write(`${modules}/exitsnoop/builds.json`, JSON.stringify(builds));
}

async function install(name: string, script: string): Promise<void> {
  const binary = `${modules}/${name}/exitsnoop`;
  await Bun.write(binary, `#!/bin/sh\n${script}\n`);
  chmodSync(binary, 0o755);
}

const run = (...args: string[]) => runToEnd(["node", launcher, ...args]);

beforeAll(async () => {
  mkdirSync(`${modules}/exitsnoop`, { recursive: true });
  copyFileSync(`${root}scripts/release/npm/exitsnoop.js`, launcher);
  await Bun.write(`${modules}/exitsnoop/package.json`, JSON.stringify({ name: "exitsnoop", version: "1.2.3" }));
});
afterAll(() => folder[Symbol.dispose]());

describe("npm launcher", () => {
  test("passes arguments, standard streams and the exit status", async () => {
    await describeBuilds(own);
    await install(own.package, 'cat; printf "[%s]" "$@"; echo problem >&2; exit 7');
    const child = Bun.spawn(["node", launcher, "-x", "a b", ""], {
      stdin: Buffer.from("input "),
      stdout: "pipe",
      stderr: "pipe",
    });
    const [stdout, stderr, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
    expect({ stdout, stderr, status }).toEqual({ stdout: "input [-x][a b][]", stderr: "problem\n", status: 7 });
  });

  test.each(["SIGTERM", "SIGINT", "SIGKILL"] as const)("ends by %s if the binary does", async (signal) => {
    await describeBuilds(own);
    await install(own.package, `kill -${signal.slice(3)} $$`);
    const child = Bun.spawn(["node", launcher], { stderr: "ignore" });
    await child.exited;
    expect(child.signalCode).toBe(signal);
  });

  test("turns a crash of the binary into the status of a shell, and does not crash itself", async () => {
    await describeBuilds(own);
    await install(own.package, "kill -SEGV $$");
    expect((await run()).status).toBe(128 + 11);
  });

  test.each(["TERM", "INT", "HUP", "QUIT", "USR1", "USR2"])("forwards SIG%s without a terminal", async (name) => {
    await describeBuilds(own);
    await install(own.package, `trap 'echo got ${name}; exit 3' ${name}; echo ready; while :; do sleep 0.05; done`);
    // a session of its own has no terminal
    const child = Bun.spawn(["setsid", "--wait", "node", launcher], { stdout: "pipe" });
    const reader = child.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
    const [pid] = (await Bun.file(`/proc/${child.pid}/task/${child.pid}/children`).text()).trim().split(" ");
    process.kill(Number(pid), `SIG${name}`);
    expect(new TextDecoder().decode((await reader.read()).value)).toBe(`got ${name}\n`);
    expect(await child.exited).toBe(3);
  });

  test("a terminal's Ctrl-C reaches the binary once", async () => {
    await describeBuilds(own);
    const count = "let n = 0; process.on('SIGINT', () => n++); console.log('ready');";
    const end = "setTimeout(() => console.log(`interrupts: ${n}.`) ?? process.exit(), 1000)";
    await install(own.package, `exec ${process.execPath} -e "${count} ${end.replaceAll(/[`$]/g, "\\$&")}"`);
    const terminal = new Terminal(["node", launcher]);
    await terminal.until("ready");
    terminal.type("\x03");
    await terminal.until(/interrupts: \d/);
    expect(terminal.shown).toContain("interrupts: 1.");
    expect(await terminal.end()).toBe(0);
  });

  test("leaves signals at their defaults for the binary, which hands them down to a COMMAND", async () => {
    await describeBuilds(own);
    await install(own.package, "grep SigIgn /proc/self/status");
    expect((await run()).stdout).toMatch(/^SigIgn:\t0+\n$/);
  });

  test("runs the build of Node's own C library where both can run", async () => {
    await describeBuilds(other, own);
    await install(own.package, "echo own");
    await install(other.package, "echo other");
    expect((await run()).stdout).toBe("own\n");
    rmSync(`${modules}/${own.package}`, { recursive: true });
    expect((await run()).stdout).toBe("other\n");
    rmSync(`${modules}/${other.package}`, { recursive: true });
  });

  test.each([
    [
      "whose package is missing",
      own,
      "the optional dependency @exitsnoop/own is not installed, as with --omit=optional or a lock file of another " +
        "machine; install it where exitsnoop is: npm install @exitsnoop/own@1.2.3",
    ],
    [
      "whose processor has no build",
      { ...own, cpu: "ppc64" as never },
      `there is no build for this processor (${arch}), only for ppc64`,
    ],
    [
      "whose C library has no build",
      { ...own, loader: "/nowhere/ld.so" },
      `the builds for ${arch} need a C library that this system does not have: glibc (/nowhere/ld.so)`,
    ],
  ])("a machine %s: one sentence and status 1", async (_, build, sentence) => {
    await describeBuilds(build);
    const { stdout, stderr, status } = await run();
    expect({ stdout, stderr, status }).toEqual({ stdout: "", stderr: `exitsnoop: ${sentence}\n`, status: 1 });
  });

  test("a binary that cannot be executed: one sentence and status 126", async () => {
    await describeBuilds(own);
    await install(own.package, "");
    chmodSync(`${modules}/${own.package}/exitsnoop`, 0o644);
    const { stderr, status } = await run();
    expect(stderr).toBe(
      `exitsnoop: cannot run ${modules}/${own.package}/exitsnoop: spawn ${modules}/${own.package}/exitsnoop EACCES\n`,
    );
    expect(status).toBe(126);
  });
});
