import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const source = join(import.meta.dir, "../../src");
// a process reads TZ once, and `bun test` sets its own
const program = `
  import { Timespec } from "${source}/exit/timespec.ts";
  import { ByteWriter } from "${source}/text/byte-writer.ts";
  import { timeFormat } from "${source}/output/time.ts";
  const { write } = timeFormat("local");
  const out = new ByteWriter();
  for (const seconds of process.argv.slice(1)) {
    write(out, new Timespec().add(Number(seconds), 0));
    out.byte(10);
  }
  process.stdout.write(out.bytes.subarray(0, out.length));
`;

/** Returns what `--time local` shows at these times with TZ set to that zone. */
function local(zone: string, ...moments: (string | number)[]): string[] {
  const seconds = moments.map((when) => String(typeof when === "string" ? Date.parse(when) / 1000 : when));
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", program, ...seconds], {
    env: { ...process.env, TZ: zone },
  });
  if (stderr.length) throw new Error(stderr.toString());
  return stdout.toString().trim().split("\n");
}

describe("--time local", () => {
  test("shows an hour twice when summer time ends", () => {
    const moments = ["2026-11-01T05:59:59Z", "2026-11-01T06:00:00Z", "2026-11-01T06:59:59Z", "2026-11-01T07:00:00Z"];
    expect(local("America/New_York", ...moments)).toEqual(["01:59:59", "01:00:00", "01:59:59", "02:00:00"]);
  });

  test("skips an hour when summer time begins", () => {
    const moments = ["2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"];
    expect(local("Europe/Berlin", ...moments)).toEqual(["01:59:59", "03:00:00"]);
  });

  test("shows summer time of half an hour", () => {
    const moments = ["2026-04-04T14:59:59Z", "2026-04-04T15:00:00Z"];
    expect(local("Australia/Lord_Howe", ...moments)).toEqual(["01:59:59", "01:30:00"]);
  });

  test("shows zones with offsets of half and quarter hours", () => {
    expect(local("Asia/Kolkata", "2026-11-23T13:20:07Z")).toEqual(["18:50:07"]);
    expect(local("Asia/Kathmandu", "2026-11-23T13:20:07Z")).toEqual(["19:05:07"]);
    expect(local("America/St_Johns", "2026-11-23T13:20:07Z")).toEqual(["09:50:07"]);
  });

  test("shows UTC with TZ=UTC", () => {
    expect(local("UTC", "2026-11-23T23:59:59Z")).toEqual(["23:59:59"]);
  });
});

test.each(["Europe/London", "America/Sao_Paulo", "Pacific/Chatham", "Africa/Casablanca", "Antarctica/Troll"])(
  "--time local in %s: equals Intl.DateTimeFormat all year",
  (timeZone) => {
    const start = Date.parse("2026-01-01T00:00:00Z") / 1000;
    // every 7 h 13 min 11 s
    const moments = Array.from({ length: 1200 }, (_, i) => start + i * 25_991);
    const intl = new Intl.DateTimeFormat("en-GB", { timeZone, timeStyle: "medium", hourCycle: "h23" });
    expect(local(timeZone, ...moments)).toEqual(moments.map((seconds) => intl.format(seconds * 1000)));
  },
);
