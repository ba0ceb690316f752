/** `-f otlp`: live exits and replayed ones as OTLP/JSON lines. */
import { writeFileSync } from "node:fs";
import { expect, test } from "bun:test";
import { binary, runToEnd, shell, temporaryFolder, Tracer } from "../support/tracer.ts";

interface Record {
  timeUnixNano: string;
  severityNumber: number;
  body: { stringValue: string };
  attributes: { key: string; value: unknown }[];
}
const recordOf = (line: string): Record => JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords[0];
const keysOf = (line: string) => recordOf(line).attributes.map(({ key }) => key);
const linesOf = (text: string) => text.trim().split("\n");

test("-f otlp -w: a line for each exit, with the host, and without arguments", async () => {
  const tracer = await Tracer.start(["-f", "otlp", "-w", "-n", "otlp-killed"]);
  await runToEnd(shell("bash -c 'printf otlp-killed > /proc/$$/comm; kill -KILL $$'; true"));
  const { stdout } = await tracer.end();
  const [line, ...others] = linesOf(stdout);
  expect(others).toEqual([]);
  const { severityNumber, body } = recordOf(line!);
  expect(severityNumber).toBe(17);
  expect(body.stringValue).toMatch(/^otlp-killed\[\d+\] was killed by SIGKILL from otlp-killed\[\d+\]$/);
  expect(keysOf(line!)).not.toContain("process.command_args");
  expect(keysOf(line!)).not.toContain("process.exit.code");
  expect(line).toContain('{"key":"host.name",');
});

test("a recording, replayed with -f otlp: has the records of the live trace, without its host", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/exits.jsonl`;
  const tracer = await Tracer.start(["-j", "-w", "-n", "true", "-n", "false"]);
  await runToEnd(shell("/bin/true; /bin/false; true"));
  const { stdout } = await tracer.end();
  writeFileSync(file, stdout);
  const events = linesOf(stdout).map((one) => JSON.parse(one));
  const { stdout: replayed } = await runToEnd([binary, "replay", "-f", "otlp", "-w", file]);
  expect(linesOf(replayed).length).toBe(events.length);
  for (const [i, line] of linesOf(replayed).entries()) {
    const { attributes, timeUnixNano } = recordOf(line);
    const { time, pid, start_time: start } = events[i];
    expect(timeUnixNano.slice(-9)).toBe(time.slice(20, 29));
    expect(attributes).toContainEqual({ key: "process.pid", value: { intValue: String(pid) } });
    expect(attributes).toContainEqual({ key: "process.creation.time", value: { stringValue: start } });
    expect(line).not.toContain('"host.name"');
  }
});
