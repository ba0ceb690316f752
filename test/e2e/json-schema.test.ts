/**
 * Real output of --format json: it matches the schema that the same binary prints, and says who a
 * process was as /proc does.
 */
import { expect, test } from "bun:test";
import { NS_PER_CLOCK_TICK } from "../../src/record/layout.ts";
import { statFields } from "../../src/system/procfs.ts";
import { lineValidator } from "../support/json-schema.ts";
import { runAs } from "../support/reopening.ts";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { binary, fixture, runToEnd, shell, Tracer } from "../support/tracer.ts";

const violations = lineValidator(JSON.parse((await runToEnd([binary, "schema"])).stdout));

const script = `
  sh -c 'exit 3'
  sh -c 'kill -KILL $$'
  sh -c 'kill -SEGV $$'
  sh -c 'kill -36 $$'
  sh -c 'sleep 60 & kill $!'
  ${fixture("resource-usage")} 1 'joined threads'
  $(which printf) '\\377\\033\\n' "$(printf '\\377\\001')"
  true`;

async function linesOf(options: readonly string[]): Promise<string[]> {
  const { stdout, stderr, status } = await runToEnd([
    ...[binary, "--quiet", ...options, "--output", "-", "--"],
    ...shell(`exec >/dev/null 2>&1; ${script}`),
  ]);
  if (status !== 0) throw new Error(`the tracer ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

test.each(["--json", "--json --wide", "--json --threads", "--json --wide --threads"])(
  "%s: every line matches the schema",
  async (options) => {
    const lines = await linesOf(options.split(" "));
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.flatMap(violations)).toEqual([]);
  },
);

test("--json with a full ring: the lines of lost exits match the schema", async () => {
  await using batch = await SimultaneousExits.start(1000);
  const tracer = await Tracer.start(["--json", "--ring-size", "4K", "--ppid", `${batch.process.pid}`]);
  tracer.process.kill("SIGSTOP");
  await batch.exitAll();
  tracer.process.kill("SIGCONT");
  const { stdout } = await tracer.end();
  const lines = stdout.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith('{"event":"lost"')).length).toBeGreaterThan(0);
  expect(lines.flatMap(violations)).toEqual([]);
});

test("JSON: start_time, id, parent_id and user are those of /proc and of /etc/passwd", async () => {
  const tracer = await Tracer.start(["-j", "-n", "sleep"]);
  const child = Bun.spawn(["sleep", "0.3"]);
  // field 22 of proc(5): the start in clock ticks since boot
  const startOf = (pid: number) => Number(statFields(pid)[22 - 3]);
  const [start, own] = [startOf(child.pid), startOf(process.pid)];
  await child.exited;
  await runAs(12_345, ["sleep", "0"]);
  const { events } = await tracer.end();
  type Event = (typeof events)[number] & { start_time: string; id: string; parent_id: string; user: string | null };
  const event = events.find(({ pid }) => pid === child.pid) as Event;
  const ticksOf = (id: string) => Math.floor(Number(id.split("-")[1]) / NS_PER_CLOCK_TICK);
  expect([event.id.split("-")[0], ticksOf(event.id)]).toEqual([`${child.pid}`, start]);
  expect([event.parent_id.split("-")[0], ticksOf(event.parent_id)]).toEqual([`${process.pid}`, own]);
  expect(event.user).toBe("root");
  const nanoseconds = (time: string) =>
    BigInt(Date.parse(`${time.slice(0, 19)}Z`)) * 1_000_000n + BigInt(time.slice(20, 29));
  expect(nanoseconds(event.time) - nanoseconds(event.start_time)).toBe(BigInt(event.duration_ns));
  expect(events.find(({ uid }) => uid === 12_345)).toMatchObject({ user: null });
});
