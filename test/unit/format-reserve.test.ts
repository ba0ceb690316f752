import { expect, test } from "bun:test";
import { Timespec } from "../../src/exit/timespec.ts";
import { writeCsv } from "../../src/output/csv-text.ts";
import { writeJson, writePlain } from "../../src/text/escape.ts";
import { createFormat } from "../../src/output/formats.ts";
import { ByteWriter, type Layout } from "../../src/output/index.ts";
import { writeShellWord } from "../../src/output/shell.ts";
import {
  defaultKeys,
  fakeExit,
  formatOptions,
  killedBy,
  line,
  noResources,
  textOf,
  written,
} from "../support/fake-exit.ts";
import { formatOf, formatOnTerminal } from "../support/fake-host.ts";
import { escaped } from "../support/hostile-text.ts";

const MAX_U64 = 2n ** 64n - 1n;
const maxResources = Object.fromEntries(Object.keys(noResources).map((key) => [key, MAX_U64]));

/** Exits with the longest lines: large numbers, and names whose escapes are long in some format. */
const longExits = [
  "\x01".repeat(16),
  '"'.repeat(16),
  "\u00ad".repeat(8),
  '=,"\x1b'.repeat(4),
  new Uint8Array(16).fill(0xff),
].map((name) =>
  fakeExit({
    exitTime: MAX_U64,
    duration: MAX_U64,
    pid: 2_147_483_647,
    ppid: 2_147_483_646,
    status: killedBy(64, true),
    uid: 0xffff_ffff,
    comm: name,
    parentComm: name,
    killer: { kind: "process", pid: 2_147_483_645, uid: 0xffff_ffff, code: -2_147_483_648, comm: name },
    resources: maxResources,
    threads: 0xffff_ffff,
    args: [name, "", "'\\", name],
    isCut: true,
    exe: Buffer.concat([Buffer.from("/"), Buffer.from(name), Buffer.from("/x")]),
    isDeleted: true,
  }),
);

/** The bytes that reserve() leaves free for a line: with less room it replaces the buffer. */
const LINE_BYTES = (() => {
  const out = new ByteWriter();
  const { bytes } = out;
  for (; out.bytes === bytes; out.length++) out.reserve(0);
  // the last length that fits, and the one that does not
  return bytes.length - (out.length - 2);
})();

/**
 * Returns the numbers of bytes left in the buffer with which a text of that length is tried. With
 * fewer than LINE_BYTES the first reserve() replaces the buffer, so that only bytes written before
 * it can be lost: the smallest numbers and a sample of the others suffice. With more, the buffer
 * may end within the text.
 */
function rooms(length: number): number[] {
  const all = Array.from({ length: 32 }, (_, room) => room);
  for (let room = 32; room < LINE_BYTES - 32; room += 251) all.push(room);
  const last = Math.max(LINE_BYTES, length) + 32;
  for (let room = LINE_BYTES - 32; room < last; room++) all.push(room);
  return all;
}

/**
 * Expects the same bytes with any room left in the buffer. ByteWriter does not check for room, so a
 * format that forgets reserve() loses bytes without an error.
 */
function expectNoByteLost(write: (out: ByteWriter) => void): void {
  const whole = Buffer.from(written(write));
  let out = new ByteWriter();
  for (const room of rooms(whole.length)) {
    const { bytes } = out;
    const start = (out.length = bytes.length - room);
    // a byte that is counted but not written differs from every byte of UTF-8
    bytes.fill(0xff, start);
    write(out);
    if (!whole.equals(out.bytes.subarray(start, out.length))) throw new Error(`${room} bytes left: ${whole}`);
    if (out.bytes !== bytes) out = new ByteWriter();
  }
}

const formats: [line: string, name: Layout][] = [
  ["-f table --time iso --color always", "table"],
  ["-f table --time iso --color always --threads --wide", "table"],
  ["-f json", "json"],
  ["-f json --threads --wide", "json"],
  ["-f csv", "csv"],
  ["-f csv --threads --wide", "csv"],
  ["-f ecli", "ecli"],
  ["-f html", "html"],
  ["-f html --wide --label xyz", "html"],
  ["-f trace", "trace"],
  ["-f trace --threads --wide --label xyz", "trace"],
  ["-f wide --time iso --color always", "blocks"],
  ["-f wide --time iso --threads --label xyz", "blocks"],
];
const onTerminal: [line: string, width: number][] = [
  ["--time iso --color always", 0],
  ["--time iso --color always", 80],
  ["--threads --label xyz", 500],
  ["-w", 120],
];
const layouts: readonly Layout[] = ["people", "table", "blocks", "json", "csv", "ecli", "trace", "html"];

test("the cases below: contain every format", () => {
  const names = [
    ...formats.map(([, name]) => name),
    ...onTerminal.map(([line]) => (line === "-w" ? "blocks" : "people")),
  ];
  expect(layouts.filter((name) => !names.includes(name))).toEqual([]);
});

test.each(formats)("exitsnoop %s: loses no byte of a line, whatever room is left in the batch", (options) => {
  const format = formatOf(options);
  for (const exit of longExits) expectNoByteLost((out) => format.exit(out, exit));
});

test.each(onTerminal)("exitsnoop %s on a terminal of %d columns: loses no byte of an exit", (options, width) => {
  const format = formatOnTerminal(options, { width: () => width });
  format.begin!();
  // the header, which a narrow terminal gets before the first exit
  written((out) => format.exit(out, longExits[0]!));
  for (const exit of longExits) expectNoByteLost((out) => format.exit(out, exit));
});

test("a table truncated to a terminal: loses no byte of a line, whatever room is left in the batch", () => {
  const format = formatOf("--wide", { width: () => 500 });
  for (const exit of longExits) {
    expect(line(format, exit)).toContain("…");
    expectNoByteLost((out) => format.exit(out, exit));
  }
});

test.each(formats)("exitsnoop %s: loses no byte of the header and of a line about lost exits", (options, name) => {
  const format = formatOf(options);
  const noticed = new Timespec().add(1_795_441_481, 999_999_999);
  expectNoByteLost((out) => {
    // the page of html is one call of put(), and with this many bytes it would take seconds
    if (name !== "html") format.header?.(out);
    format.lost?.(out, Number.MAX_SAFE_INTEGER, noticed);
  });
});

test.each(layouts)("the format %s: a batch of 2000 lines equals the lines written alone", (name) => {
  const format = createFormat(name, formatOptions({ columns: defaultKeys, time: "iso", showKiller: true }));
  const out = new ByteWriter();
  let expected = "";
  for (let i = 0; i < 2000; i++) {
    const exit = longExits[i % longExits.length]!;
    format.exit(out, exit);
    expected += written((one) => format.exit(one, exit));
  }
  expect(textOf(out) === expected).toBeTrue();
});

test.each([
  ["plain", writePlain],
  ["JSON", writeJson],
  ["CSV", writeCsv],
  ["shell words", writeShellWord],
] as const)("the escaper of %s: makes room for a text of any length", (_, write) => {
  for (const piece of ["\x01", '"', "\u00ad", "a", "'", "\\"]) {
    const lengthOf = (times: number) => escaped(write, piece.repeat(times), new ByteWriter()).length;
    expect(lengthOf(100_000)).toBe(lengthOf(1) + 99_999 * (lengthOf(2) - lengthOf(1)));
  }
});
