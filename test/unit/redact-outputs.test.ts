/** Checks that no format, sum or report has a secret that --redact replaces. */
import { describe, expect, test } from "bun:test";
import type { Exit } from "../../src/exit/exit.ts";
import { Redactor } from "../../src/exit/redactor.ts";
import { ByteWriter, formatNames } from "../../src/output/index.ts";
import { RecordedExits } from "../../src/replay/recorded-exits.ts";
import { argsFilter } from "../../src/trace/args-filter.ts";
import { LimitOutput } from "../../src/trace/limit-output.ts";
import { summaryKeyNames } from "../../src/views/keys.ts";
import { type ReportFormat, reportFormats } from "../../src/views/report/report-data.ts";
import { Report } from "../../src/views/report/report.ts";
import { reportColumns } from "../../src/views/report/reported-process.ts";
import type { Summary } from "../../src/views/summary.ts";
import { Top } from "../../src/views/top.ts";
import { exited, fakeExit, type Fields, killedBy, textOf, written } from "../support/fake-exit.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { addSender, argsRecord, contextOf } from "../support/fake-records.ts";
import { everyExit, exitsIn, textOfExits } from "../support/recordings.ts";
import { usualEnd } from "../support/reports.ts";
import { PERIOD } from "../support/summaries.ts";

const SECRET = "hunter2hunter2hunter2hunter2";
/** Matches a part of the secret: half of it is a leak, too. */
const PART = /hunter/;
const leak = expect.stringMatching(PART);
const EXPRESSIONS = [String.raw`pass[= ](\w{28})`];
const LONG = "long ".repeat(4000);

const sender: Partial<Fields> = { pid: 4242, exitTimeSinceBoot: 99n, args: ["pkill", "--pass", SECRET, "app"] };
const killed: Partial<Fields> = {
  status: killedBy(9),
  senderTimeNs: 99n,
  killer: { kind: "process", pid: 4242, comm: "pkill" },
};
type Place = [name: string, process: Partial<Fields>, sender: Partial<Fields>];

const places: Place[] = [
  ["an argument", { args: ["app", `--pass=${SECRET}`, "x"] }, sender],
  ["two arguments", { args: ["app", "--pass", SECRET] }, sender],
  ["a failure", { status: exited(1), args: ["app", `--pass=${SECRET}`, "x"] }, sender],
  ["a killed process and its killer", { ...killed, args: ["app", `--pass=${SECRET}`] }, sender],
  ["a cut argument", { args: ["app", `--pass=${SECRET.slice(0, 20)}`], isCut: true }, sender],
  ["an argument that is cut after the secret's name", { args: ["app", "--pass", "hunter"], isCut: true }, sender],
  ["an argument beyond the searched length", { args: ["app", LONG, `--pass=${SECRET}`] }, sender],
  ["an argument across the searched length", { args: ["app", LONG.slice(0, 16_366), `--pass=${SECRET}`] }, sender],
  ["cut arguments of a killer", killed, { ...sender, args: ["pkill", "a".repeat(4070), "--pass=hunter2hun"] }],
];

/** Returns the exit of a place, as a trace has it; without a redactor as it was recorded. */
function exitAt([, fields, senderFields]: Place, redactor: Redactor | undefined) {
  const context = { ...contextOf({ 8: "/a" }), redactor };
  addSender(context, { ...senderFields, cgroupV2: 8n, origin: { ancestors: [] } });
  const all = { cgroupV2: 8n, origin: { ancestors: [] }, exe: "/usr/bin/app", comm: "app", ...fields };
  const bytes = Buffer.from(((all.args ?? []) as string[]).map((argument) => `${argument}\0`).join(""));
  if (bytes.length < 12_000) return fakeExit(all, context);
  for (let at = 0; at < bytes.length; at += 4096)
    context.longArguments.add(argsRecord(42050, at, bytes.subarray(at, at + 4096)));
  return fakeExit({ ...all, argsInChunks: true }, context);
}

const redactor = () => new Redactor(EXPRESSIONS);
const lineOptions = [
  ...formatNames.filter((name) => name !== "ecli" && name !== "otlp").map((name) => `-f ${name} -w`),
  ...formatNames.filter((name) => name !== "wide" && name !== "ecli").map((name) => `-f ${name} -C pid,args,killed_by`),
  ...["-C args", "-C +args,+killed_by"],
];

/** Writes an exit with the format of a command line on a terminal. */
function onTerminal(options: string, exit: Exit, width: number): string {
  return textOfExits(formatOnTerminal(options, { width: () => width, height: () => 24 }), [exit]);
}

function summary(options: string, exit: Exit): string {
  const format = formatOf(`-S -w ${options}`) as Summary;
  format.exit(new ByteWriter(), exit);
  return written((out) => format.write(out, PERIOD));
}

function screenOfTop(exit: Exit): string {
  const screen = { hasColor: false, hasHeader: true, label: undefined, width: () => 300, height: () => 24 };
  const sums = { by: ["args"], sort: "cpu", interval: 2000, choices: summaryKeyNames, time: "utc" } as const;
  const top = new Top({ ...screen, ...sums });
  top.exit(new ByteWriter(), exit);
  top.next(PERIOD);
  return written((out) => top.draw(out));
}

function reportOn(format: ReportFormat, exit: Exit): string {
  const report = new Report(format, reportColumns, 1);
  report.exit(new ByteWriter(), exit);
  report.end = usualEnd;
  return written((out) => report.footer(out));
}

/** Writes the exit thrice, of which one is printed and two are suppressed. */
function limited(exit: Exit): string {
  const out = new ByteWriter();
  let text = "";
  const flush = (from: ByteWriter) => {
    text += textOf(from);
    from.reset();
  };
  const format = formatOf("-j -w");
  const options = { perSecond: 1, latency: 0, hasNames: true, isHeld: () => false };
  const limit = new LimitOutput(format, { flush, isBehind: false, name: "test" }, options);
  for (let i = 0; i < 3; i++) if (limit.admits(out, exit)) format.exit(out, exit);
  limit.finish(out);
  expect(text).toContain('"event":"suppressed"');
  return text;
}

const recorded = (place: Place, options: string) => textOfExits(formatOf(options), [exitAt(place, undefined)]);

/** Replays the exit of a place, as options recorded it. */
function replayed(place: Place, options: string, by: Redactor | undefined, recordedBy = "-j -w"): string {
  const exits = new RecordedExits(everyExit, undefined, undefined, undefined, by);
  const format = formatOf(options, { lacks: (key) => exits.lacks(key) });
  return textOfExits(format, exitsIn(recorded(place, recordedBy), exits));
}

/** Every output of a trace, by its options. */
const outputs: [options: string, write: (exit: Exit) => string][] = [
  ...lineOptions.map((options): (typeof outputs)[number] => [
    options,
    (exit) => textOfExits(formatOf(options), [exit]),
  ]),
  ...["", "-w", "-C +args"].flatMap((options): typeof outputs => [
    [`${options} on a terminal`, (exit) => onTerminal(options, exit, 30_000)],
    [`${options} on a narrow terminal`, (exit) => onTerminal(options, exit, 80)],
  ]),
  ...["", "-j", "--csv"].flatMap((options): typeof outputs => [
    [`-S --by args ${options}`, (exit) => summary(`--by args ${options}`, exit)],
    [`-S with all keys ${options}`, (exit) => summary(`--by ${summaryKeyNames.join(",")} ${options}`, exit)],
  ]),
  ...reportFormats.map((format): (typeof outputs)[number] => [`report ${format}`, (exit) => reportOn(format, exit)]),
  ["top", screenOfTop],
  ["--limit", limited],
];

describe("--redact, secrets in every place of an exit:", () => {
  test.each(outputs)("exitsnoop %s", (_, write) => {
    // an output that shows no arguments would pass in any case
    expect(places.some((place) => PART.test(write(exitAt(place, undefined))))).toBe(true);
    for (const place of places) expect([place[0], write(exitAt(place, redactor()))]).not.toEqual([place[0], leak]);
  });

  test.each(lineOptions)("exitsnoop replay %s", (options) => {
    expect(places.some((place) => PART.test(replayed(place, options, undefined)))).toBe(true);
    for (const place of places) expect([place[0], replayed(place, options, redactor())]).not.toEqual([place[0], leak]);
  });
});

test.each(places)("--redact, a secret in %s: a replay has the arguments that the trace would have", (...parts) => {
  const [name, process, itsSender] = parts;
  const place: Place = [name, process, itsSender];
  expect(recorded(place, "-j -w")).toMatch(PART);
  const live = JSON.parse(textOfExits(formatOf("-j -w"), [exitAt(place, redactor())]));
  const later = JSON.parse(replayed(place, "-j -w", redactor()));
  expect([later.args, later.killed_by?.args]).toEqual([live.args, live.killed_by?.args]);
});

test("--redact, a recording without args_truncated: the last of long arguments is replaced", () => {
  const place: Place = ["", { args: ["app", "a".repeat(1010), "--pass=hunter2hun"], isCut: true }, sender];
  expect(replayed(place, "-j -w", redactor(), "-j -C pid,args")).not.toMatch(PART);
});

test("--args compares what the process was started with, and the line has it replaced", () => {
  const exit = exitAt(places[0]!, redactor());
  const filterOf = (glob: string) => argsFilter({ selected: [glob], removed: [] })!;
  expect(filterOf(`*${SECRET}*`)(exit)).toBe(true);
  expect(filterOf("*redacted*")(exit)).toBe(false);
  expect(textOfExits(formatOf("-j -w"), [exit])).toContain("--pass=[redacted]");
});
