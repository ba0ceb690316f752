/** The rehearsal prints exits of every outcome in the format of the plan, and nothing elsewhere. */
import { numberOfDFGCompiles } from "bun:jsc";
import { expect, test } from "bun:test";
import { Reader } from "../../src/bpf/reader.ts";
import { RECORD_BYTES } from "../../src/record/layout.ts";
import { TraceLoop } from "../../src/trace/loop.ts";
import { importModules } from "../../src/trace/modules.ts";
import { rehearse } from "../../src/trace/rehearsal.ts";
import { plan } from "../support/fake-host.ts";

/** Rehearses with these options. Returns what would have been printed. */
async function linesOf(options: string, ringBytes = 4 * 1024 * 1024): Promise<string[]> {
  const planned = plan(options);
  const reader = new Reader({ maxRecordBytes: RECORD_BYTES });
  const decoder = new TextDecoder();
  let text = "";
  rehearse(planned, await importModules(planned), reader, ringBytes, -1, (bytes, length) => {
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

test("rehearsal with a small ring, which soon fills: fewer lines than with a large one", async () => {
  expect((await linesOf("-j", 16 * 1024)).length).toBeLessThan((await linesOf("-j")).length);
});

test("rehearsal: everything that a wake-up calls is compiled", async () => {
  const planned = plan("-j");
  const reader = new Reader({ maxRecordBytes: RECORD_BYTES });
  rehearse(planned, await importModules(planned), reader, 4 * 1024 * 1024, -1);
  reader.close();
  // with all that they call, which is inlined
  const { isOver, step } = TraceLoop.prototype;
  expect([isOver, step].map((called) => numberOfDFGCompiles(called) > 0)).toEqual([true, true]);
});
