import { describe, expect, test } from "bun:test";
import { UsageError } from "../../src/errors.ts";
import { plan } from "../support/fake-host.ts";

const MIB = 1024 * 1024;
const DAY = 86_400_000;
const NEVER = Number.POSITIVE_INFINITY;

describe("--keep:", () => {
  test.each([
    ["--keep 200M", 200 * MIB, NEVER],
    ["--keep 7d", NEVER, 7 * DAY],
    ["--keep 2G,12h", 2048 * MIB, DAY / 2],
    ["--keep 1w --keep 4096K", 4 * MIB, 7 * DAY],
  ])("%s: bytes and time", (text, bytes, ms) => {
    const { outputs } = plan(`-j -o /var/log/x ${text}`);
    expect(outputs).toEqual([{ directory: "/var/log/x", suffix: ".jsonl", keep: { bytes, ms } }]);
  });

  test.each([
    ["-j", ".jsonl"],
    ["--csv", ".csv"],
    ["", ".txt"],
    ["-f wide", ".txt"],
    ["-f ecli", ".txt"],
  ])("format %s: segments end with %s", (format, suffix) => {
    expect(plan(`${format} -o DIR --keep 1G`).outputs).toMatchObject([{ directory: "DIR", suffix }]);
  });

  test("a descriptor beside the directory: gets the same lines", () => {
    expect(plan("-j -o DIR -o - --keep 1G").outputs).toMatchObject([{ directory: "DIR" }, { fd: 1 }]);
  });

  test.each([
    ["--keep 1G", "--keep needs a directory: exitsnoop -j -w -o DIR --keep 200M"],
    ["--keep 1G -o -", "--keep needs a directory: exitsnoop -j -w -o DIR --keep 200M"],
    ["--keep 1G -o A -o B", "--keep is for one directory; leave the other --output out"],
    ["--keep 1G,2G -o A", "--keep has two sizes; leave one out"],
    ["--keep 1h --keep 2d -o A", "--keep has two times; leave one out"],
    ["--keep 1G -o A --truncate", "--keep begins a new file and removes the oldest; leave --truncate out"],
    ["--keep 1G -o A -S", "--keep is for exits, of which exitsnoop replay -S makes sums; leave --summary out"],
    ["--keep 1G -o A -f html", "--format html is one document, which --keep cannot divide; keep --json, and replay it"],
    [
      "--keep 1G -o A -f trace",
      "--format trace is one document, which --keep cannot divide; keep --json, and replay it",
    ],
  ])("%s: is refused", (line, message) => {
    expect(() => plan(line)).toThrow(UsageError);
    expect(() => plan(line)).toThrow(new UsageError(message));
  });

  test.each(["200m", "200", "7D", "1.5G", "1GB", "1M", "3s", "2000G", "5000d", ""])("%s: is no limit", (value) => {
    expect(() => plan(`-o A --keep=${value}`)).toThrow(UsageError);
  });
});
