/**
 * Local times equal those of date(1) for every form of TZ: the tracer uses the C library's
 * localtime, not the JavaScript engine's.
 */
import { expect, test } from "bun:test";
import { fixture, runToEnd, Tracer } from "../support/tracer.ts";

const midnight = Date.parse("1970-01-01T00:00:00Z");
const seconds = (clock: string) => (Date.parse(`1970-01-01T${clock}Z`) - midnight) / 1000;

test.each([
  ["UTC0"],
  ["XYZ-3"],
  ["<+0545>-5:45"],
  ["EST5EDT,M3.2.0,M11.1.0"],
  ["Europe/Berlin"],
  ["Asia/Kathmandu"],
  [":Nowhere/Else"],
])("TZ=%s: the time column of the table and of ecli's format is that of date(1)", async (TZ) => {
  const env = { TZ };
  const clock = async () => (await runToEnd(["date", "+%H:%M:%S"], { env })).stdout.trim();
  const tracers = await Promise.all([Tracer.start(["-x"], { env }), Tracer.start(["-x", "-f", "ecli"], { env })]);
  const before = await clock();
  const { pid } = await runToEnd([fixture("rename"), "636c6f636b", "77"]);
  const after = await clock();
  for (const tracer of tracers) {
    const { stdout } = await tracer.end();
    const [, time] = new RegExp(`^([\\d:]{8})  ?${pid} .* clock$`, "m").exec(stdout) ?? [];
    expect(time).toBeDefined();
    // modulo one day, since midnight may pass between the readings
    const day = 24 * 60 * 60;
    const sinceBefore = (seconds(time!) - seconds(before) + day) % day;
    expect(sinceBefore).toBeLessThanOrEqual((seconds(after) - seconds(before) + day) % day);
  }
});
