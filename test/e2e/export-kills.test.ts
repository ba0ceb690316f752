/** `exitsnoop export --spool FILE`, killed again and again, with a server that fails in turns. */
import { appendFileSync, writeFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { lines, numerically, openFolder, range, start } from "../support/exporter.ts";
import { pidsOf } from "../support/otlp-server.ts";

const KILLS = 12;
/** The time that an exporter may take to read an answer and note it, ms. */
const NOTING_TIME = 250;

interface Delivery {
  pid: number;
  /** When it was answered with 200. */
  answeredAt: number;
}

test(`${KILLS} kills: each line arrives, and twice only if its answer was outstanding`, async () => {
  using folder = openFolder();
  const file = `${folder.path}/exits.jsonl`;
  const deliveries: Delivery[] = [];
  const kills: number[] = [];
  let requests = 0;
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (request.method !== "POST") return new Response("", { status: 405 });
      const pids = await pidsOf(request);
      if (++requests % 2 === 0) return new Response("", { status: 503 });
      // a server that takes its time, so that kills find answers outstanding
      await Bun.sleep(20);
      const answeredAt = performance.now();
      for (const pid of pids) deliveries.push({ pid, answeredAt });
      return new Response("");
    },
  });
  const args = ["--otlp", `http://127.0.0.1:${server.port}`, "--spool", `${folder.path}/spool`, file];
  writeFileSync(file, "");
  let last = 0;
  const timer = setInterval(() => {
    appendFileSync(file, lines(last + 1, last + 15));
    last += 15;
  }, 20);
  for (let kill = 0; kill < KILLS; kill++) {
    const exporter = start(args);
    await Bun.sleep(300 + Math.random() * 1200);
    exporter.process.kill("SIGKILL");
    kills.push(performance.now());
    await exporter.process.exited;
  }
  clearInterval(timer);
  const exporter = start(args);
  const distinct = () => new Set(deliveries.map(({ pid }) => pid)).size;
  for (let i = 0; i < 3000 && distinct() < last; i++) await Bun.sleep(20);
  await Bun.sleep(500);
  exporter.process.kill("SIGTERM");
  expect((await exporter.end()).status).toBe(0);
  await server.stop(true);

  expect(numerically([...new Set(deliveries.map(({ pid }) => pid))])).toEqual(range(1, last));
  const answers = new Map<number, number[]>();
  for (const { pid, answeredAt } of deliveries) answers.set(pid, [...(answers.get(pid) ?? []), answeredAt]);
  const isOutstanding = (time: number) => kills.some((kill) => time > kill - NOTING_TIME && time < kill + NOTING_TIME);
  const twice = [...answers].filter(([, times]) => times.length > 1);
  const needless = twice.filter(([, times]) => !times.slice(0, -1).every(isOutstanding));
  expect(needless).toEqual([]);
}, 300_000);
