/** When the lines about suppressed exits are written, and what an output without room loses. */
import { describe, expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { LimitOutput } from "../../src/trace/limit-output.ts";
import { OutputWriter } from "../../src/trace/output-writer.ts";
import { EXIT_TIME, exited, fakeExit } from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";

const ENOSPC = -28;
const MS = 1_000_000n;
const START = Number(EXIT_TIME / MS);

/** Returns a limit of 1/s on an output whose writes return these results, then write everything. */
function limited(results: number[] = [], line = "-f table -C comm --no-header") {
  const out = new ByteWriter();
  const state = { now: START, isHeld: false };
  let text = "";
  const write = (bytes: Uint8Array, length: number) => {
    const result = results.shift() ?? length;
    if (result > 0) text += Buffer.from(bytes.subarray(0, result)).toString();
    return result;
  };
  const outputs = new OutputWriter([{ fd: -1, name: "output", isFile: false, write }], "exit");
  const format = formatOf(line);
  const limit = new LimitOutput(format, outputs, {
    perSecond: 1,
    hasNames: false,
    latency: 250,
    isHeld: () => state.isHeld,
    now: () => state.now,
  });
  const add = (ms: number, comm = "x") => {
    const exit = fakeExit({ exitTime: EXIT_TIME + BigInt(ms) * MS, comm, parentComm: "sh", status: exited(1) });
    if (limit.admits(out, exit)) format.exit(out, exit);
  };
  const endBatch = () => {
    outputs.flush(out, true);
    limit.update(out);
  };
  return { add, endBatch, limit, outputs, out, state, text: () => text };
}

const LINE = (count: number) => `+${count} like this: x, exit code 1, child of sh\n`;

describe("LimitOutput:", () => {
  test("an exit of the next second: comes after the line about the one before", () => {
    const { add, endBatch, text } = limited();
    for (const ms of [0, 10, 20, 1000]) add(ms);
    endBatch();
    expect(text()).toBe(`x\n${LINE(2)}x\n`);
  });

  test("no further exit: the line is written once the second and the time that exits gather are over", () => {
    const { add, endBatch, limit, state, text } = limited();
    for (const ms of [0, 10, 20]) add(ms);
    endBatch();
    expect(text()).toBe("x\n");
    expect(limit.maxSleep()).toBe(1300);
    state.now = START + 1300;
    endBatch();
    expect(text()).toBe(`x\n${LINE(2)}`);
    expect(limit.maxSleep()).toBe(Number.POSITIVE_INFINITY);
  });

  test("a wall clock that is set back: the line is written at once", () => {
    const { add, endBatch, state, text } = limited();
    for (const ms of [0, 10]) add(ms);
    state.now = START - 3_600_000;
    endBatch();
    expect(text()).toBe(`x\n${LINE(1)}`);
  });

  test("an output without room: counting goes on, and the line has the sum", () => {
    const { add, endBatch, limit, outputs, text } = limited([ENOSPC]);
    add(0);
    endBatch();
    expect(outputs.lost).toBe(1);
    for (const ms of [10, 20, 1010]) add(ms);
    endBatch();
    expect(text()).toBe(`${LINE(2)}x\n`);
    expect(limit.finish(new ByteWriter())).toBe(0);
  });

  test("a line that an output has no room for: waits, and its exits count as lost meanwhile", () => {
    const { add, endBatch, limit, outputs, text, out } = limited([2, ENOSPC]);
    for (const ms of [0, 10, 20, 30]) add(ms);
    endBatch();
    expect(limit.finish(out)).toBe(0);
    expect(outputs.undelivered).toBe(3);
    outputs.flush(out, true);
    expect(outputs.undelivered).toBe(0);
    expect(text()).toBe(`x\n${LINE(3)}`);
  });

  test("an output that has no room at the end: the exits are counted as undelivered", () => {
    const { add, endBatch, limit, out, state } = limited();
    for (const ms of [0, 10, 20]) add(ms);
    endBatch();
    state.isHeld = true;
    expect(limit.finish(out)).toBe(2);
    expect(limit.reported).toBe(0);
  });

  test("several kinds: a line for each", () => {
    const { add, endBatch, limit, text, out } = limited();
    for (const comm of ["x", "y", "x", "y", "y"]) add(0, comm);
    endBatch();
    expect(limit.finish(out)).toBe(0);
    expect(text()).toBe(`x\ny\n${LINE(1)}${LINE(2).replace(": x", ": y")}`);
    expect(limit.reported).toBe(3);
  });
});
