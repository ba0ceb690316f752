/** exitsnoop export --journald writes to a real journald, as root without capabilities. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { childNamed, hasJournald, Journald } from "../support/journald.ts";
import { expectInEveryThread, NO_PRIVILEGES, NOBODY, privilegesOf } from "../support/privileged.ts";
import { binary, fixture, runToEnd, temporaryFolder } from "../support/tracer.ts";

const WRITER = "snoop-journal";
const event = (keys: object) =>
  `${JSON.stringify({ event: "exit", time: "2026-11-30T10:00:00.000000001Z", pid: 42, comm: "nginx", ...keys })}\n`;

/** Starts an export of what its stdin gets. */
async function startExport(journal: Journald, ...args: string[]) {
  const command = [...journal.inside, binary, "export", "--journald", ...args];
  const child = Bun.spawn(command, { stdin: "pipe", stdout: "ignore", stderr: "pipe" });
  const stderr = child.stderr.text();
  const end = async () => {
    child.stdin.end();
    return { status: await child.exited, stderr: await stderr };
  };
  return { child, end };
}

async function writerOf(exporter: number): Promise<number> {
  for (;;) {
    const writer = childNamed(exporter, WRITER);
    if (writer !== undefined && privilegesOf(writer).seccomp === "2") return writer;
    await Bun.sleep(20);
  }
}

/** Returns false for a process that has ended, also if it waits to be reaped. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

describe.skipIf(!hasJournald)("exitsnoop export --journald:", () => {
  test("an exit: is among the messages of its unit, with fields of its own", async () => {
    await using journal = await Journald.start();
    const { child, end } = await startExport(journal);
    child.stdin.write(event({ exit_code: 3, signal: null, cgroup: "/system.slice/nginx.service" }));
    child.stdin.write(event({ exit_code: 0, signal: null, comm: "\x1b[31m\nMESSAGE=forged", cgroup: "/other.slice" }));
    expect(await end()).toMatchObject({ status: 0, stderr: expect.stringContaining("journald: 2 sent, 0 dropped") });
    const records = await journal.read("--unit", "nginx.service");
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      MESSAGE: "nginx[42] exited with 3",
      PRIORITY: "5",
      SYSLOG_IDENTIFIER: "exitsnoop",
      EXITSNOOP_COMM: "nginx",
      EXITSNOOP_EXIT_CODE: "3",
      _UID: "0",
      _CAP_EFFECTIVE: "0",
      _COMM: WRITER,
    });
    expect(await journal.read("MESSAGE=forged")).toEqual([]);
    expect(await journal.read("EXITSNOOP_COMM=\\x1b[31m\\nMESSAGE=forged")).toHaveLength(1);
  });

  test("the exporter is user nobody, the writer root, and neither has a capability", async () => {
    await using journal = await Journald.start();
    const { child, end } = await startExport(journal);
    const writer = await writerOf(child.pid);
    while (privilegesOf(child.pid).seccomp !== "2") await Bun.sleep(20);
    expectInEveryThread(child.pid, NO_PRIVILEGES);
    expect(privilegesOf(writer)).toEqual(NO_PRIVILEGES);
    const uidsOf = (pid: number) => /^Uid:\s(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))![1]!.split("\t");
    expect(uidsOf(child.pid)).toEqual(Array(4).fill(String(NOBODY)));
    expect(uidsOf(writer)).toEqual(Array(4).fill("0"));
    await end();
  });

  test.skipIf(process.arch !== "x64")("code injected into the writer: no attempt succeeds", async () => {
    await using journal = await Journald.start();
    using folder = temporaryFolder();
    writeFileSync(`${folder.path}/file`, "");
    const { child } = await startExport(journal);
    const writer = await writerOf(child.pid);
    const { stdout, stderr } = await runToEnd([fixture("inject-calls"), String(writer), folder.path]);
    expect(stderr).toBe("");
    const attempts = stdout.trim().split("\n");
    expect(attempts.length).toBeGreaterThan(20);
    for (const attempt of attempts) expect(attempt).toMatch(/: (Operation not permitted|Function not implemented)$/);
    child.kill("SIGKILL");
    await child.exited;
  });

  test("records that are not exitsnoop's: the writer refuses them", async () => {
    await using journal = await Journald.start();
    const fixture = new URL("../fixtures/forge-records.ts", import.meta.url).pathname;
    const command = [...journal.inside, process.execPath, fixture];
    const text = await Bun.spawn(command, { stdin: "ignore", stderr: "inherit" }).stdout.text();
    const counts = JSON.parse(text) as Record<string, unknown>;
    expect(counts).toMatchObject({ sent: counts.right, refused: counts.forged, isGone: false });
    expect(await journal.read("EXITSNOOP_TEST=forged")).toEqual([]);
    expect((await journal.read("EXITSNOOP_TEST=right")).map(({ MESSAGE }) => MESSAGE)).toEqual(["right", "a\nb\nc"]);
  });

  test("more exits than journald has read: all of them are in the journal", async () => {
    await using journal = await Journald.start();
    using folder = temporaryFolder();
    const COUNT = 5000;
    const file = `${folder.path}/exits.jsonl`;
    writeFileSync(file, Array.from({ length: COUNT }, (_, i) => event({ pid: i + 1, exit_code: 1 })).join(""));
    const command = [...journal.inside, "sh", "-c", `exec ${binary} export --journald < ${file}`];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    expect(await child.stderr.text()).toContain(`journald: ${COUNT} sent, 0 dropped`);
    const pids = (await journal.read("EXITSNOOP_EVENT=exit")).map(({ EXITSNOOP_PID }) => Number(EXITSNOOP_PID));
    expect(pids).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
  });

  test("a journald that is stopped: the exporter ends all the same, and counts what it dropped", async () => {
    await using journal = await Journald.start();
    const { child, end } = await startExport(journal);
    await writerOf(child.pid);
    journal.signal("SIGSTOP");
    for (let i = 0; i < 2000; i++) child.stdin.write(event({ pid: i + 1, exit_code: 1 }));
    const { status, stderr } = await end();
    const [, sent, dropped] = /journald: (\d+) sent, (\d+) dropped/.exec(stderr)!.map(Number);
    expect({ status, sum: sent! + dropped! }).toEqual({ status: 0, sum: 2000 });
    expect(dropped).toBeGreaterThan(0);
    journal.signal("SIGCONT");
  });

  test("a journald that ends: the exporter says so and ends with status 1", async () => {
    await using journal = await Journald.start();
    const { child, end } = await startExport(journal);
    await writerOf(child.pid);
    journal.signal("SIGKILL");
    child.stdin.write(event({ exit_code: 1 }));
    await Bun.sleep(200);
    child.stdin.write(event({ exit_code: 1 }));
    const { status, stderr } = await end();
    expect(stderr).toContain("exitsnoop: journald has closed its socket; start exitsnoop export again");
    expect(status).toBe(1);
  });

  test("an exporter that is killed: its writer ends", async () => {
    await using journal = await Journald.start();
    const { child } = await startExport(journal);
    const writer = await writerOf(child.pid);
    child.kill("SIGKILL");
    while (isRunning(writer)) await Bun.sleep(20);
  });

  test("no journald: says what is missing", async () => {
    await using journal = await Journald.start();
    const command = [...journal.inside, "sh", "-c", `rm /run/systemd/journal/socket; exec ${binary} export --journald`];
    const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
    expect(await child.stderr.text()).toStartWith(
      "exitsnoop: cannot reach the journal at /run/systemd/journal/socket (no such file or directory)",
    );
    expect(await child.exited).toBe(1);
  });
});
