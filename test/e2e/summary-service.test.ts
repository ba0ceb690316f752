/** Summaries as a service writes them: to a file that is rotated, by one unprivileged process. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync, renameSync } from "node:fs";
import { parseCsv } from "../support/csv-parser.ts";
import { burst, exitWith, startService, until } from "../support/reopening.ts";
import { parseClosingLine, temporaryFolder } from "../support/tracer.ts";

test("--csv --interval with a file that is rotated: both have a header, and all exits are in one of them", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/sums`;
  const tracer = await startService(["-S", "--csv", "--by", "code", "--interval", "200ms", "-o", file]);
  await burst(50);
  await until(() => readFileSync(file, "utf8").split("\n").length > 3);
  renameSync(file, `${file}.1`);
  tracer.process.kill("SIGHUP");
  await until(() => existsSync(file));
  await exitWith(7);
  await burst(20);
  const { status, stderr } = await tracer.end();
  expect(status).toBe(0);
  let exits = 0;
  for (const path of [`${file}.1`, file]) {
    const [header, ...rows] = parseCsv(readFileSync(path, "utf8"));
    expect(header!.slice(0, 6)).toEqual(["time", "from", "row", "complete", "exit_code", "signal"]);
    const totals = rows.filter((row) => row[2] === "total");
    expect(totals.length).toBeGreaterThan(0);
    for (const row of totals) exits += Number(row[header!.indexOf("exits")]);
  }
  expect(parseClosingLine(stderr)).toEqual({ seen: exits, lost: 0 });
  // the parents of both bursts, and a shell
  expect(exits).toBe(50 + 1 + 20 + 1 + 1);
});
