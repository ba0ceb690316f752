import { expect, test } from "bun:test";
import { ByteWriter } from "../../src/text/byte-writer.ts";
import { formatOf } from "../support/fake-host.ts";
import { fakeExits } from "../support/recordings.ts";

function linesOf(options: string, count = 100): string[] {
  const format = formatOf(options);
  const out = new ByteWriter();
  for (const exit of fakeExits(count)) format.exit(out, exit);
  format.lost!(out, 3, { seconds: 1_796_032_800, nanoseconds: 5 } as never);
  return new TextDecoder().decode(out.bytes.subarray(0, out.length)).split("\n").slice(0, -1);
}
const recordsOf = (line: string) => JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords;
const keysOf = (lines: readonly string[]) =>
  new Set(lines.flatMap((line) => recordsOf(line)[0].attributes.map(({ key }: { key: string }) => key)));

test("-f otlp: a line with one record for each exit, and for exits that were lost", () => {
  const lines = linesOf("-f otlp -w");
  expect(lines.length).toBe(101);
  for (const line of lines) expect(recordsOf(line).length).toBe(1);
  const [lost] = recordsOf(lines.at(-1)!);
  expect([lost.eventName, lost.timeUnixNano]).toEqual(["exitsnoop.lost", "1796032800000000005"]);
});

test("-f otlp: arguments are written only if --columns names them", () => {
  const wide = keysOf(linesOf("-f otlp -w"));
  expect(wide).not.toContain("process.command_args");
  expect(wide).toContain("exitsnoop.max_rss_bytes");
  expect(keysOf(linesOf("-f otlp"))).not.toContain("exitsnoop.max_rss_bytes");
  expect(keysOf(linesOf("-f otlp -C +args"))).toContain("process.command_args");
});
