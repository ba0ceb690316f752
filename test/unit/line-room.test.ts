import { expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { writeCsv } from "../../src/output/csv-text.ts";
import { writeJson, writePlain } from "../../src/output/escape.ts";
import { ByteWriter, createFormat, type FormatName, formatNames } from "../../src/output/index.ts";
import { writeShellWord } from "../../src/output/shell.ts";
import {
  fakeExit,
  killedBy,
  line,
  formatOptions,
  noResources,
  textOf,
  usualKeys,
  written,
} from "../support/fake-exit.ts";
import { formatOf } from "../support/fake-host.ts";
import { escaped } from "../support/hostile-text.ts";

const LARGEST_U64 = 2n ** 64n - 1n;
const quotes = "\x22".repeat(16);
const most = Object.fromEntries(Object.keys(noResources).map((key) => [key, LARGEST_U64]));

/** Whose lines are as long as lines can be: long numbers, long names, and what becomes longest when it is escaped. */
const longest = [
  "\x01".repeat(16),
  quotes,
  "\u00ad".repeat(8),
  "=,\x22\x1b".repeat(4),
  new Uint8Array(16).fill(0xff),
].map((name) =>
  fakeExit({
    died: LARGEST_U64,
    lived: LARGEST_U64,
    pid: 2_147_483_647,
    ppid: 2_147_483_646,
    status: killedBy(64, true),
    uid: 0xffff_ffff,
    comm: name,
    parentComm: name,
    killer: { kind: "process", pid: 2_147_483_645, uid: 0xffff_ffff, code: -2_147_483_648, comm: name },
    resources: most,
    threads: 0xffff_ffff,
    args: [name, "", "'\\", name],
    isCut: true,
    exe: Buffer.concat([Buffer.from("/"), Buffer.from(name), Buffer.from("/x")]),
    isDeleted: true,
  }),
);

/** More than any line takes, so that each comes to stand across the buffer's end in every way. */
const FARTHEST = 2400;

/** What is written into a buffer that has room for so many bytes only. */
function writtenNearEnd(room: number, write: (out: ByteWriter) => void): string {
  const out = new ByteWriter();
  const start = out.bytes.length - room;
  out.length = start;
  write(out);
  return textOf(out).slice(start);
}

const formats: [line: string, name: FormatName][] = [
  ["-f table --time iso --color always", "table"],
  ["-f table --time iso --color always --threads --wide", "table"],
  ["-f json", "json"],
  ["-f json --threads --wide", "json"],
  ["-f csv", "csv"],
  ["-f csv --threads --wide", "csv"],
  ["-f ecli", "ecli"],
];

test("all formats are looked at", () => {
  expect(formatNames.filter((name) => !formats.some(([, other]) => other === name))).toEqual([]);
});

// the writer's methods do not check: a byte past the end would be lost without a word
test.each(formats)("exitsnoop %s loses no byte of a line, however little room is left in the batch", (options) => {
  const format = formatOf(options);
  for (const exit of longest) {
    const write = (out: ByteWriter) => format.exit(out, exit);
    const whole = written(write);
    expect(whole.length).toBeLessThan(FARTHEST - 256);
    for (let room = 0; room < FARTHEST; room++) {
      if (writtenNearEnd(room, write) !== whole) throw new Error(`with room for ${room} bytes: ${whole}`);
    }
  }
});

test("nor of one that is cut at the terminal's edge", () => {
  const format = formatOf("--wide", { width: () => 500 });
  for (const exit of longest) {
    const whole = line(format, exit);
    expect(whole).toContain("…");
    for (let room = 0; room < FARTHEST; room++) {
      const text = writtenNearEnd(room, (out) => format.exit(out, exit));
      if (text !== `${whole}\n`) throw new Error(`with room for ${room} bytes: ${whole}`);
    }
  }
});

test.each(formats)("exitsnoop %s loses no byte of its header or of a loss", (options) => {
  const format = formatOf(options);
  const noticed = new Timespec().add(1_795_441_481, 999_999_999);
  const write = (out: ByteWriter) => {
    format.header?.(out);
    format.lost?.(out, Number.MAX_SAFE_INTEGER, noticed);
  };
  const whole = written(write);
  for (let room = 0; room < FARTHEST; room++) expect(writtenNearEnd(room, write)).toBe(whole);
});

test.each(formatNames)("%s writes a batch of thousands of lines as it writes each of them", (name) => {
  const format = createFormat(name, formatOptions({ columns: usualKeys, time: "iso", showKiller: true }));
  const out = new ByteWriter();
  let expected = "";
  for (let i = 0; i < 5000; i++) {
    const exit = longest[i % longest.length]!;
    format.exit(out, exit);
    expected += written((one) => format.exit(one, exit));
  }
  expect(textOf(out) === expected).toBeTrue();
});

test.each([
  ["plain", writePlain],
  ["JSON", writeJson],
  ["CSV", writeCsv],
  ["a shell's word", writeShellWord],
] as const)("%s makes the room for a text of any length, and for what comes behind it", (_, write) => {
  for (const piece of ["\x01", '"', "\u00ad", "a", "'", "\\"]) {
    const lengthOf = (times: number) => escaped(write, piece.repeat(times)).length;
    expect(lengthOf(100_000)).toBe(lengthOf(1) + 99_999 * (lengthOf(2) - lengthOf(1)));
  }
});
