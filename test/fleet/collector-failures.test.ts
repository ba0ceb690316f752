/** A real Collector that is stopped for a minute, overloaded or frozen, while exits go on. */
import { readdirSync } from "node:fs";
import { expect, test } from "bun:test";
import { line, numerically, openFolder, range, start } from "../support/exporter.ts";
import { FileCollector } from "../support/fleet/file-collector.ts";
import { Servers } from "../support/fleet/peers.ts";

const EXITS_PER_SECOND = 500;
const INTERVAL = 100;
const MINUTE = 60_000;
/** The records of the requests that wait for answers when a Collector freezes. */
const MAX_TWICE = 2000;

/** Writes exits to an exporter until it is stopped, and returns how many. */
function write(stdin: { write(text: string): unknown; flush(): unknown }) {
  let last = 0;
  const timer = setInterval(() => {
    for (let i = 0; i < (EXITS_PER_SECOND * INTERVAL) / 1000; i++) stdin.write(line(++last));
    void stdin.flush();
  }, INTERVAL);
  return () => {
    clearInterval(timer);
    return last;
  };
}

async function exportDuring(failure: (collector: FileCollector) => Promise<void>) {
  await using servers = new Servers();
  using folder = openFolder();
  const collector = new FileCollector(servers);
  await collector.start();
  const spool = `${folder.path}/spool`;
  const exporter = start(["--otlp", `http://${collector.address}`, "--spool", spool]);
  const stop = write(exporter.process.stdin);
  await Bun.sleep(2000);
  await failure(collector);
  // the longest pause between two attempts
  await Bun.sleep(45_000);
  const written = stop();
  await exporter.process.stdin.end();
  const { status, stderr } = await exporter.end();
  // what the Collector has taken is in its file when it has ended
  await collector.stop();
  expect(status).toBe(0);
  expect(stderr).toContain(`otlp: ${written} sent, 0 dropped`);
  expect(readdirSync(spool)).toEqual([]);
  const pids = collector.pids();
  expect(numerically([...new Set(pids)])).toEqual(range(1, written));
  return { stderr, twice: pids.length - written };
}

test.concurrent("Collector stopped for a minute: every exit arrives once", async () => {
  const { stderr, twice } = await exportDuring(async (collector) => {
    await collector.stop();
    await Bun.sleep(MINUTE);
    await collector.start();
  });
  expect(stderr).toContain("connection refused; events wait");
  expect(twice).toBe(0);
});

test.concurrent("Collector overloaded for a minute: every exit arrives once", async () => {
  const { stderr, twice } = await exportDuring(async (collector) => {
    await collector.stop();
    await collector.start(true);
    await Bun.sleep(MINUTE);
    await collector.stop();
    await collector.start();
  });
  expect(stderr).toContain("503: data refused due to high memory usage");
  expect(twice).toBe(0);
});

test.concurrent(
  "Collector frozen for a minute: every exit arrives, twice only those that were on their way",
  async () => {
    const { stderr, twice } = await exportDuring(async (collector) => {
      collector.freeze();
      await Bun.sleep(MINUTE);
      collector.thaw();
    });
    expect(stderr).toContain("no answer; events wait");
    expect(twice).toBeLessThanOrEqual(MAX_TWICE);
  },
);
