/** The plan of --limit. */
import { describe, expect, test } from "bun:test";
import { plan } from "../support/fake-host.ts";

describe("plan() of --limit:", () => {
  test.each(["-j", "--csv", "-f table", "-f wide", "-f ecli", "-f otlp", ""])(
    "%s: records what tells kinds apart",
    (line) => {
      const { limit, groups } = plan(`--limit 5/s ${line}`.trim());
      expect(limit).toBe(5);
      expect(groups).toContain("killer");
      expect(groups).toContain("cgroup");
    },
  );

  test("without it: no cgroup is recorded for it", () => {
    const { limit, groups } = plan("-f table");
    expect(limit).toBeUndefined();
    expect(groups).not.toContain("cgroup");
  });
});

describe("--limit is refused:", () => {
  test.each([
    ["--limit 0/s", "--limit 0/s: too small; the smallest is 1/s"],
    ["--limit 5/m", "--limit 5/m: not a number of exits a second; examples: 5/s, 100/s"],
    ["--limit -1", "--limit"],
    ["--limit 2000000", "--limit 2000000: too large; the largest is 1000000/s"],
    ["--limit 5/s -S", "--limit and --summary contradict each other; leave one out"],
    [
      "--limit 5/s -f html -o x.html",
      "--format html has a place for every process; leave --limit out, or filter the exits",
    ],
    ["--limit 5/s -f trace -o x.json", "--format trace has a place for every process"],
  ])("%s", (line, message) => {
    expect(() => plan(line)).toThrow(message);
  });
});
