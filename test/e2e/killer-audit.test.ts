/** The sender of a fatal signal as the kernel's audit system logs it. */
import { expect, test } from "bun:test";
import { auditObstacle, Auditd } from "../support/auditd.ts";
import type { Shown } from "../support/origins.ts";
import { runToEnd, shell, Tracer } from "../support/tracer.ts";

interface KilledEvent {
  pid: number;
  killed_by: (Shown & { comm: string }) | null;
}

const obstacle = await auditObstacle();
if (obstacle) console.warn(`SKIPPED: ${obstacle}`);

const asLogin = (uid: number) => ["sh", "-c", `echo ${uid} > /proc/self/loginuid && exec "$@"`, "sh"];

/** Command prefixes of a sender. */
const senders: Record<string, (pid: number) => string[]> = {
  "a shell": (pid) => shell(`kill -9 ${pid}; exit`),
  "kill(1)": (pid) => ["env", "kill", "-9", `${pid}`],
  "a login": (pid) => [...asLogin(1234), "env", "kill", "-9", `${pid}`],
  "another user of a login": (pid) => [...asLogin(1235), "setpriv", "--reuid=0", "env", "kill", "-9", `${pid}`],
  "a terminal": (pid) => ["script", "-qec", `env kill -9 ${pid}`, "/dev/null"],
  "a login on a terminal": (pid) => [...asLogin(1236), "script", "-qec", `env kill -9 ${pid}`, "/dev/null"],
};

test.skipIf(obstacle !== undefined)("auditd's auid, session, tty, comm and exe of each kill(2) agree", async () => {
  await using auditd = await Auditd.start();
  const tracer = await Tracer.start(["-j", "-w"]);
  const victims: number[] = [];
  for (const sender of Object.values(senders)) {
    const victim = Bun.spawn(["sleep", "60"]);
    victims.push(victim.pid);
    await runToEnd(sender(victim.pid));
    await victim.exited;
  }
  const kills = await auditd.kills();
  const { events, stderr } = await tracer.end();
  expect(stderr).toMatch(/, 0 lost$/m);
  for (const pid of victims) {
    const { killed_by } = (events as unknown as KilledEvent[]).find((event) => event.pid === pid)!;
    const { tty, login_uid, session_id, comm, exe } = killed_by!;
    const audited = kills.find(({ target }) => target === pid)!;
    expect({ pid: killed_by!.pid, target: pid, auid: login_uid, ses: session_id, tty, comm, exe }).toEqual(audited);
  }
  expect(kills.filter(({ auid }) => auid !== null).length).toBeGreaterThanOrEqual(3);
  expect(kills.filter(({ tty }) => tty !== null).length).toBeGreaterThanOrEqual(2);
});
