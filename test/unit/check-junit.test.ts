import { describe, expect, test } from "bun:test";
import { rmSync, writeFileSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { readReport } from "../../scripts/check/junit.ts";

describe("the report of bun test", () => {
  test("a run with a failure: the counts, the file, the name and the message", async () => {
    const folder = await mkdtemp(`${tmpdir()}/report-`);
    try {
      const lines = [
        'import { expect, test } from "bun:test";',
        'test("passes", () => {});',
        'test.if(false)("is skipped", () => {});',
        'test("a < b & \\"c\\"", () => expect(["<x>"]).toEqual([]));',
      ];
      writeFileSync(`${folder}/one.test.ts`, lines.join("\n"));
      const command = [process.execPath, "test", "./one.test.ts", "--reporter=junit", "--reporter-outfile=report.xml"];
      await Bun.spawn(command, { cwd: folder, stdout: "ignore", stderr: "ignore" }).exited;
      const report = readReport(await Bun.file(`${folder}/report.xml`).text());
      expect(report).toMatchObject({ passed: 1, skipped: 1 });
      expect(report!.failures).toHaveLength(1);
      expect(report!.failures[0]).toMatchObject({ file: "one.test.ts", name: 'a < b & "c"' });
      expect(report!.failures[0]!.text).toContain('+   "<x>"');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("no report: undefined", () => {
    expect(readReport("")).toBeUndefined();
  });
});
