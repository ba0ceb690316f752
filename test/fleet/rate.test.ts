/**
 * The whole chain at 20,000 exits a second: a tracer, an exporter with Prometheus metrics, and a
 * real Collector. FLEET_MINUTES is how long, 1 by default. FLEET_RATE is another rate.
 */
import { readFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { buildBench } from "../../scripts/bench/build.ts";
import { root } from "../../scripts/build/run.ts";
import { RunningAgent } from "../support/agent.ts";
import { CountingCollector } from "../support/fleet/counting-collector.ts";
import { freePort, Servers, until } from "../support/fleet/peers.ts";
import { sumOf } from "../support/fleet/series.ts";

const SECONDS = 60 * Number(process.env.FLEET_MINUTES ?? 1);
const RATE = Number(process.env.FLEET_RATE ?? 20_000);
/** Processes that fork at the same time: each waits for its child, and the CPUs are to be busy. */
const LOADS = 4;
const MS = 1000;
/** The CPU time of one clock tick in /proc, in microseconds. */
const TICK = 10_000;

/** Returns the CPU time that a process has used, in microseconds. */
function cpuTime(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

/** Runs the load. Returns how many processes ended, their rate, and the microseconds of each. */
async function load() {
  const command = [`${root}build/bench/load`, "rate", String(RATE / LOADS), String(SECONDS)];
  const children = Array.from({ length: LOADS }, () => Bun.spawn(command, { stdout: "pipe" }));
  const texts = await Promise.all(children.map((child) => child.stdout.text()));
  await Promise.all(children.map((child) => child.exited));
  const results = texts.map((text) => text.split(" ").map(Number) as [count: number, ms: number]);
  // the loads themselves are processes that end, too
  const died = results.reduce((sum, [count]) => sum + count + 1, 0);
  const ms = Math.max(...results.map(([, time]) => time));
  const cpu = children.reduce((sum, child) => sum + Number(child.resourceUsage()!.cpuTime.total), 0);
  return { died, rate: Math.round((died / ms) * MS), cpu: cpu / died };
}

test(
  `${RATE} exits a second for ${SECONDS} s: each is sent, dropped or lost, as the Collector counts them`,
  async () => {
    await buildBench();
    await using servers = new Servers();
    const collector = new CountingCollector(servers);
    await collector.start();
    const address = `127.0.0.1:${freePort()}`;
    await using agent = await RunningAgent.start([
      ...["-n", "load", "--otlp", `http://${collector.address}`, "--prometheus", address],
      ...["--spool", `${servers.folder}/spool`, "--state", `${servers.folder}/agent.state`],
    ]);
    const metrics = async () => (await fetch(`http://${address}/metrics`)).text();
    await until("metrics", 10, metrics);

    const { died, rate, cpu } = await load();
    const counted = async () => {
      const text = await metrics();
      const otlp = (name: string) => sumOf(text, `exitsnoop_export_${name}`, 'sink="otlp"');
      return {
        exits: sumOf(text, "exitsnoop_exits_total"),
        lost: sumOf(text, "exitsnoop_lost_exits_total"),
        sent: otlp("sent_records_total"),
        dropped: otlp("dropped_records_total"),
        queued: otlp("queue_records"),
      };
    };
    const final = await until("all exits to be counted and sent", 60, async () => {
      const counts = await counted();
      return counts.exits + counts.lost >= died && counts.queued === 0 && counts;
    });
    const pids = { tracer: agent.child("tracer"), agent: agent.process.pid, exporter: agent.child("exporter") };
    const parts = Object.entries({ ...pids, collector: collector.pid }).map(([name, pid]) => [
      name,
      cpuTime(pid) / died,
    ]) as [string, number][];
    const shown = [["load", cpu] as const, ...parts].map(([name, us]) => `${name} ${us.toFixed(1)}`).join(", ");
    console.log(`${died} exits, ${rate} a second; us of CPU for one: ${shown}; ${JSON.stringify(final)}`);

    const messages = await agent.end();
    const closing = /prometheus: (\d+) sent.*; otlp: (\d+) sent, (\d+) dropped/.exec(messages);
    const [events, sent, dropped] = closing?.slice(1).map(Number) ?? [];
    expect(final.exits + final.lost).toBe(died);
    // a line about lost exits is an event, too
    expect(final.sent + final.dropped).toBe(events!);
    expect([final.sent, final.dropped]).toEqual([sent!, dropped!]);
    expect(await collector.accepted()).toBe(final.sent);
    expect(final.sent).toBeGreaterThan(died / 2);
  },
  (SECONDS + 180) * MS,
);
