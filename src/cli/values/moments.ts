/** Moments as systemd.time(7) writes them, and in RFC 3339. */
import * as v from "valibot";

/** A time since 1970 UTC. */
export interface Moment {
  seconds: number;
  nanoseconds: number;
}

const MS = 1000;
const DAY = 86_400;
/** No exit is older, and Date takes the years up to 99 for those after 1900. */
const MIN_YEAR = 1970;

/** The units of time spans by their names, in seconds. */
const units = new Map(
  (
    [
      [1e-6, "us usec µs"],
      [1e-3, "ms msec"],
      [1, "s sec second seconds"],
      [60, "m min minute minutes"],
      [3600, "h hr hour hours"],
      [DAY, "d day days"],
      [7 * DAY, "w week weeks"],
      [30.44 * DAY, "M month months"],
      [365.25 * DAY, "y year years"],
    ] as const
  ).flatMap(([seconds, names]) => names.split(" ").map((name) => [name, seconds] as const)),
);

const date = /^(\d{4})-(\d\d)-(\d\d)$/;
const clock = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?$/;
const zone = /^(?:Z|([+-])(\d\d):?(\d\d))$/i;
const span = /(\d+(?:\.\d+)?)\s*([a-zµ]*)\s*/giy;

/** Returns the length of `1h 30min` in seconds; undefined: the text is not a length of time. */
function spanOf(text: string): number | undefined {
  let seconds = 0;
  span.lastIndex = 0;
  while (span.lastIndex < text.length) {
    const [, number, unit] = span.exec(text) ?? [];
    const size = unit === "" ? 1 : units.get(unit ?? "");
    if (number === undefined || size === undefined) return undefined;
    seconds += Number(number) * size;
  }
  return text === "" ? undefined : seconds;
}

const ofMs = (ms: number): Moment => ({
  seconds: Math.floor(ms / MS),
  nanoseconds: (((ms % MS) + MS) % MS) * 1_000_000,
});

/** Returns midnight of the local day that is `days` days from today. */
function dayFrom(now: number, days: number): Moment {
  const today = new Date(now);
  return ofMs(new Date(today.getFullYear(), today.getMonth(), today.getDate() + days).getTime());
}

const words = new Map<string, (now: number) => Moment>([
  ["now", ofMs],
  ["today", (now) => dayFrom(now, 0)],
  ["yesterday", (now) => dayFrom(now, -1)],
  ["tomorrow", (now) => dayFrom(now, 1)],
]);

/** Parses `-5min`, `+1h`, `2 days ago`, `@1764464821.5`. */
function relative(text: string, now: number): Moment | undefined {
  const [, unix, fraction = ""] = /^@(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (unix !== undefined) return { seconds: Number(unix), nanoseconds: Number(fraction.padEnd(9, "0")) };
  const [, sign, after] = /^([+-])\s*(.*)$/s.exec(text) ?? [];
  const [, before] = /^(.*?)\s+ago$/s.exec(text) ?? [];
  const seconds = spanOf(after ?? before ?? "");
  return seconds === undefined ? undefined : ofMs(Math.round(now + (sign === "+" ? MS : -MS) * seconds));
}

/** Parses `2026-11-30 02:55:01.5`, `02:55`, `2026-11-30`, with `UTC`, `Z`, `+01:00` or without. */
function absolute(text: string, now: number): Moment | undefined {
  const [, local, suffix = ""] = /^(.*?)\s*(UTC|Z|[+-]\d\d:?\d\d)?$/i.exec(text.replace(/^(\S{10})T(?=\d)/i, "$1 "))!;
  // the digits of 2026-11-30 are not a zone
  const parts = date.test(text) ? [text] : local!.split(" ");
  if (parts.length > 2) return undefined;
  const day = date.exec(parts[0]!);
  const time = clock.exec(day ? (parts[1] ?? "00:00") : parts[0]!);
  if (!time || (!day && parts.length > 1)) return undefined;
  const isUtc = suffix !== "" && !date.test(text);
  const today = new Date(now);
  const [year, month, date_] = day
    ? day.slice(1).map(Number)
    : isUtc
      ? [today.getUTCFullYear(), today.getUTCMonth() + 1, today.getUTCDate()]
      : [today.getFullYear(), today.getMonth() + 1, today.getDate()];
  const [hour, minute, second = 0] = time.slice(1, 4).map((digits) => Number(digits ?? 0));
  const isValid =
    year! >= MIN_YEAR &&
    month! >= 1 &&
    month! <= 12 &&
    date_! >= 1 &&
    date_! <= new Date(year!, month!, 0).getDate() &&
    hour! < 24 &&
    minute! < 60 &&
    second < 60;
  if (!isValid) return undefined;
  const fields = [year!, month! - 1, date_!, hour!, minute!, second] as const;
  const ms = isUtc ? Date.UTC(...fields) - offsetOf(suffix) : new Date(...fields).getTime();
  return { seconds: ms / MS, nanoseconds: Number((time[4] ?? "").padEnd(9, "0")) };
}

/** Returns the offset of a zone east of UTC in ms. */
function offsetOf(text: string): number {
  const [, sign, hours, minutes] = zone.exec(text) ?? [];
  return sign === undefined ? 0 : (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60 * MS;
}

/** Returns a moment; undefined: the text is not one. @param now in ms since 1970. */
export function parseMoment(text: string, now: number): Moment | undefined {
  const trimmed = text.trim();
  return words.get(trimmed.toLowerCase())?.(now) ?? relative(trimmed, now) ?? absolute(trimmed, now);
}

/** The value of --since and --until. */
export const moment = v.pipe(
  v.string(),
  v.rawTransform(({ dataset, addIssue, NEVER }): Moment => {
    const parsed = parseMoment(dataset.value, Date.now());
    if (parsed) return parsed;
    addIssue({ message: "not a time; examples: 02:55, 2026-11-30 02:55:01, -5min, yesterday, 2026-11-30T01:55:01Z" });
    return NEVER;
  }),
);
