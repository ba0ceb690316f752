/** The rehearsal prints exits of every outcome in the format of the plan, and nothing elsewhere. */
import { numberOfDFGCompiles } from "bun:jsc";
import { expect, test } from "bun:test";
import { Reader } from "../../src/bpf/reader.ts";
import { RECORD_BYTES } from "../../src/record/layout.ts";
import { stopAfter } from "../../src/system/signals.ts";
import { clearStopSignal } from "../../src/system/supervise.ts";
import { TraceLoop } from "../../src/trace/loop.ts";
import { importModules } from "../../src/trace/modules.ts";
import { rehearse } from "../../src/trace/rehearsal.ts";
import { plan } from "../support/fake-host.ts";

const RING_BYTES = 4 * 1024 * 1024;

/** Rehearses with these options. Returns what would have been printed. */
async function linesOf(options: string, reader = new Reader({ maxRecordBytes: RECORD_BYTES })): Promise<string[]> {
  const planned = plan(options);
  const decoder = new TextDecoder();
  let text = "";
  rehearse(planned, await importModules(planned), reader, RING_BYTES, -1, (bytes, length) => {
    text += decoder.decode(bytes.subarray(0, length));
    return length;
  });
  reader.close();
  return text.trimEnd().split("\n");
}

test("rehearsal with -j -w: exits that succeeded, failed and were killed", async () => {
  const events = (await linesOf("-j -w")).map((line) => JSON.parse(line));
  // a slow machine ends it by time
  expect(events.length).toBeGreaterThan(200);
  expect(new Set(events.map(({ exit_code }) => exit_code))).toEqual(new Set([0, 1, null]));
  const event = {
    event: "exit",
    comm: "rehearsal",
    args: ["/usr/bin/rehearsal", "--made-up"],
    exe: "/usr/bin/rehearsal",
    cwd: "/srv/rehearsal",
  };
  expect(new Set(events.map(({ ancestors }) => ancestors.length))).toEqual(new Set([4]));
  expect(events.find(({ signal }) => signal === "SIGKILL")).toMatchObject(event);
  expect(events.find(({ signal }) => signal === "SIGKILL").killed_by).toMatchObject({ comm: "rehearsal" });
});

test("rehearsal with --args: exits that the pattern selects", async () => {
  expect((await linesOf("-j --args *made-up*")).length).toBeGreaterThan(200);
  expect(await linesOf("-j --args other")).toEqual([""]);
});

test.each(["", "-w", "-j", "-f csv", "-f ecli", "-f wide"])("rehearsal with %p: many lines", async (options) => {
  const lines = await linesOf(options);
  expect(lines.length).toBeGreaterThan(1000);
  expect(lines.at(-1)).not.toBe("");
});

test("rehearsal while a quarter of the ring fills: it ends at once", async () => {
  class FillingReader extends Reader {
    override get pending() {
      return RING_BYTES / 4 + 1;
    }
  }
  expect(await linesOf("-j", new FillingReader({ maxRecordBytes: RECORD_BYTES }))).toEqual([""]);
});

test("rehearsal after a stop signal: it ends with the batch at hand", async () => {
  stopAfter(1);
  Bun.sleepSync(20);
  try {
    expect((await linesOf("-j")).length).toBe(8);
  } finally {
    clearStopSignal();
  }
});

test("rehearsal: everything that a wake-up calls is compiled", async () => {
  const planned = plan("-j");
  const reader = new Reader({ maxRecordBytes: RECORD_BYTES });
  rehearse(planned, await importModules(planned), reader, RING_BYTES, -1);
  reader.close();
  const { isOver, maxSleep, printBatch } = TraceLoop.prototype;
  expect([isOver, maxSleep, printBatch].map((called) => numberOfDFGCompiles(called) > 0)).toEqual([true, true, true]);
});
