/** `exitsnoop agent --redact`: the tracer replaces secrets before the exporter gets them. */
import { expect, test } from "bun:test";
import { copyFileSync, readFileSync } from "node:fs";
import { MAX_STORED_ARGS } from "../../src/record/layout.ts";
import { LogServer, RunningAgent, until } from "../support/agent.ts";
import { runToEnd, temporaryFolder } from "../support/tracer.ts";

const SECRET = "hunter2hunter2hunter2hunter2";
const KILL = "kill 9, $ARGV[0]";

test("secrets of a process, and the end of its killer's arguments that may be cut: the tracer replaces them", async () => {
  using folder = temporaryFolder();
  await using server = new LogServer();
  const program = `${folder.path}/mark1`;
  copyFileSync("/bin/sleep", program);
  const options = ["--args", String.raw`--redact=--pass[= ](\w{28})`, `--state=${folder.path}/state`];
  await using agent = await RunningAgent.start([...server.options, ...options]);
  await until(() => agent.child("exporter") > 0, "the exporter runs");
  const words = readFileSync(`/proc/${agent.child("exporter")}/cmdline`, "latin1").split("\0");
  const failing = [program, `--pass=${SECRET}`, "x"];
  await runToEnd(failing);
  const victim = Bun.spawn([program, "60"]);
  const killer = ["perl", "-e", KILL, String(victim.pid)];
  const rest = MAX_STORED_ARGS - Buffer.byteLength(`${killer.join(" ")}  --pass=hunter`);
  await runToEnd([...killer, "f".repeat(rest), `--pass=${SECRET}`]);
  await until(() => server.named("exitsnoop.process.exit").length === 2, "both exits are exported");
  const [failed, killed] = server.named("exitsnoop.process.exit");
  expect(failed!["process.command_args"]).toBe(`${program} --pass=[redacted] x`);
  expect(killed!["exitsnoop.killed_by.args"]).toBe(`${killer.join(" ")} ${"f".repeat(rest)} [redacted]`);
  expect(words).toEqual(expect.arrayContaining(["export", "--args"]));
  // so the tracer did it
  expect(words.join()).not.toContain("redact");
});
