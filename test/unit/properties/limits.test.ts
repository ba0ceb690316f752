/** --limit on outputs that fail at random: each exit is printed, counted, or lost. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { ByteWriter } from "../../../src/text/byte-writer.ts";
import { LimitOutput } from "../../../src/trace/limit-output.ts";
import { OutputWriter } from "../../../src/trace/output-writer.ts";
import { EXIT_TIME, exited, fakeExit } from "../../support/fake-exit.ts";
import { formatOf } from "../../support/fake-host.ts";
import { always } from "../../support/property.ts";

const MS = 1_000_000n;
const ENOSPC = 28;
const ERRNO_LIMIT = 4096;

/** An exit after a number of ms; the end of a batch; the terminal is held, or free. */
const action = fc.oneof(
  { weight: 8, arbitrary: fc.record({ after: fc.nat(400), comm: fc.constantFrom("a", "b", "c") }) },
  { weight: 2, arbitrary: fc.constant("batch" as const) },
  { weight: 1, arbitrary: fc.constantFrom("hold" as const, "free" as const) },
);
/** How much of a write succeeds, before no space is left; whole: all of it. */
const outcome = fc.oneof(
  { weight: 3, arbitrary: fc.constant("whole" as const) },
  { weight: 1, arbitrary: fc.nat(600) },
);
const run = fc.record({
  actions: fc.array(action, { maxLength: 80 }),
  outcomes: fc.array(outcome, { maxLength: 30 }),
  perSecond: fc.integer({ min: 1, max: 3 }),
});

interface Line {
  event: string;
  count: number;
}

/** Returns the number of exits in complete lines of JSON. */
function delivered(text: string): number {
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line)
    .reduce((sum, { event, count }) => sum + (event === "suppressed" ? count : 1), 0);
}

test("random storms on an output that fails: delivered and undelivered exits are all that there were", () => {
  always(
    run,
    ({ actions, outcomes, perSecond }) => {
      const left = [...outcomes];
      let text = "";
      const write = (bytes: Uint8Array, length: number) => {
        const result = left.shift() ?? "whole";
        const taken = result === "whole" ? length : Math.min(result, length - 1);
        text += Buffer.from(bytes.subarray(0, taken)).toString();
        return result === "whole" ? length : -(taken * ERRNO_LIMIT + ENOSPC);
      };
      const out = new ByteWriter();
      const outputs = new OutputWriter([{ fd: -1, name: "output", isFile: false, write }], "exit");
      const format = formatOf("-j");
      let [now, isHeld, exits] = [Number(EXIT_TIME / MS), false, 0];
      const options = { perSecond, hasNames: false, latency: 0, isHeld: () => isHeld, now: () => now };
      const limit = new LimitOutput(format, outputs, options);
      const endBatch = () => {
        outputs.flush(out, true);
        limit.update(out);
      };
      for (const one of actions) {
        if (one === "batch") endBatch();
        else if (typeof one === "string") isHeld = one === "hold";
        else {
          now += one.after;
          exits++;
          const exit = fakeExit({ exitTime: BigInt(now) * MS, comm: one.comm, status: exited(1) });
          if (limit.admits(out, exit)) format.exit(out, exit);
        }
      }
      endBatch();
      isHeld = false;
      const unwritten = limit.finish(out);
      expect(delivered(text) + outputs.undelivered + unwritten).toBe(exits);
      // a line that waits is written when there is room again
      left.length = 0;
      outputs.flush(out, true);
      expect(delivered(text) + outputs.undelivered + unwritten).toBe(exits);
    },
    500,
  );
});
