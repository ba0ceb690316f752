/** Kernel tasks that run no program are not processes, so their exits are not shown. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { fixture, runToEnd, Tracer } from "../support/tracer.ts";

test.skipIf(existsSync("/sbin/request-key")).each([[[]], [["--threads"]]])(
  "usermode helper whose exec fails: its exit is not printed, options %j",
  async (args) => {
    const tracer = await Tracer.start(["--json", ...args]);
    const pids: number[] = [];
    for (let i = 0; i < 5; i++) pids.push((await runToEnd([fixture("request-key")])).pid);
    // the last helper may outlive the process that requested the key
    await Bun.sleep(200);
    const { events } = await tracer.end();
    expect(events.filter(({ pid }) => pids.includes(pid))).toMatchObject(pids.map((pid) => ({ pid, exit_code: 0 })));
    expect(events.filter(({ comm }) => comm.startsWith("kworker"))).toEqual([]);
  },
);
