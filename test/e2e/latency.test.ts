/** How long exits gather before they are printed: --latency, and what ends it early. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { Terminal } from "../support/terminal.ts";
import { binary, parseClosingLine, runToEnd, temporaryFolder, Tracer } from "../support/tracer.ts";

/** Far longer than each of these tests may take. */
const LONG = ["--latency", "1h"];

/** Waits until the file has that many lines. @throws Error after ten seconds. */
async function untilLines(file: string, count: number): Promise<void> {
  for (let i = 0; readFileSync(file, "latin1").split("\n").length - 1 < count; i++) {
    if (i === 200) throw new Error(`${file} does not get ${count} lines`);
    await Bun.sleep(50);
  }
}

describe("--latency 1h", () => {
  test("COMMAND ends: they are printed, and the trace ends", async () => {
    const { status, stdout, stderr } = await runToEnd([
      binary,
      ...LONG,
      "-o",
      "-",
      "--",
      "sh",
      "-c",
      "(exit 3); exit 4",
    ]);
    expect({ status, lines: stdout.split("\n").length }).toEqual({ status: 4, lines: 4 });
    expect(parseClosingLine(stderr)).toEqual({ seen: 2, lost: 0 });
  });

  test("--count is reached: the trace ends", async () => {
    const tracer = await Tracer.start([...LONG, "--count", "2", "-j"]);
    await runToEnd(["sh", "-c", "(exit 3); exit 4"]);
    const { status, stdout } = await tracer.end(null);
    expect({ status, lines: stdout.split("\n").length - 1 }).toEqual({ status: 0, lines: 2 });
  });

  test("--for: they are printed at the end", async () => {
    const tracer = await Tracer.start([...LONG, "--for", "1s", "-n", "sh", "-j"]);
    await runToEnd(["sh", "-c", "exit 4"]);
    const { status, stdout } = await tracer.end(null);
    expect(status).toBe(0);
    expect(stdout).toContain('"exit_code":4');
  });

  test("two seconds without another exit, when the tracer gives memory back: it still waits", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/exits`;
    const tracer = await Tracer.start([...LONG, "-j", "-P", String(process.pid), "-o", file]);
    await runToEnd(["sh", "-c", "exit 3"]);
    await Bun.sleep(3000);
    const early = readFileSync(file, "utf8");
    await tracer.end();
    expect({ early, lines: readFileSync(file, "utf8").split("\n").length - 1 }).toEqual({ early: "", lines: 1 });
  });

  test("the ring is a quarter full: they are printed, and none is lost", async () => {
    using folder = temporaryFolder();
    const file = `${folder.path}/exits`;
    const tracer = await Tracer.start([...LONG, "-j", "-P", String(process.pid), "--ring-size", "64K", "-o", file]);
    // 64 KiB hold 450 records
    for (let i = 0; i < 300; i++) await Bun.spawn(["true"]).exited;
    await untilLines(file, 100);
    const { stderr } = await tracer.end();
    expect(parseClosingLine(stderr)).toEqual({ seen: 300, lost: 0 });
  });
});

test("--latency on a terminal: the first exit after a quiet time is printed at once, and the next one gathers", async () => {
  const terminal = new Terminal([binary, ...LONG, "-P", String(process.pid)], { cols: 120 });
  await terminal.until("Tracing");
  await runToEnd(["sh", "-c", "exit 3"]);
  await terminal.until("sh -c 'exit 3'");
  await runToEnd(["sh", "-c", "exit 4"]);
  await Bun.sleep(500);
  expect(terminal.shown).not.toContain("exit 4");
  terminal.type("\x03");
  await terminal.until("sh -c 'exit 4'");
  expect(await terminal.end()).toBe(0);
});
