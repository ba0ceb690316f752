/** The maximum length of a line, with 128 KiB of hostile arguments. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { endOfArgs, MAX_ARGS_BYTES, MAX_LINE_BYTES } from "../../../src/output/bounds.ts";
import { parseCsv } from "../../support/csv-parser.ts";
import { fakeExit, killedBy, line } from "../../support/fake-exit.ts";
import { argsRecord, contextOf } from "../../support/fake-records.ts";
import { formatOf } from "../../support/fake-host.ts";
import { bytesFrom, lenientText, unsafe } from "../../support/hostile-text.ts";
import { shellWords } from "../../support/real-shell.ts";
import { always } from "../../support/property.ts";

/** The largest number of argument bytes that the recorder sends. */
const MAX_SENT_BYTES = 128 * 1024;
const PATH_BYTES = 4095;
const formats = ["-f json -w", "-f csv -w", "-f table -w", "-f table", "-f ecli"];

const repeated = (piece: Uint8Array, length: number) => Uint8Array.from({ length }, (_, i) => piece[i % piece.length]!);

/** Returns an exit with these arguments, and with paths and names made of `piece`. */
function longExit(args: Uint8Array, piece: Uint8Array) {
  const path = repeated(
    Uint8Array.from([0x2f, ...piece]).map((byte) => byte || 1),
    PATH_BYTES,
  );
  const comm = repeated(
    piece.map((byte) => byte || 1),
    15,
  );
  const context = contextOf({ 5: path });
  for (let at = 0; at < args.length; at += 4096) {
    context.longArguments.add(argsRecord(42050, at, args.subarray(at, at + 4096)));
  }
  return fakeExit(
    {
      ...{ argsInChunks: true, comm, parentComm: comm, exe: path.subarray(0, 4000), isDeleted: true, cgroupV2: 5n },
      ...{ status: killedBy(9), killer: { kind: "oom", comm }, oomCgroup: 5n },
    },
    context,
  );
}

const pieces = [
  "\x01",
  "'",
  '"',
  "\\",
  "\0",
  "a\0",
  "'\0",
  "\x01\0",
  "\u00ad",
  "\u0301",
  "\u{e0100}",
  "a",
  "ü",
  "a b,=",
  "\x1b[2J\u202e",
];
const hostile: [string, Uint8Array][] = [
  ...pieces.map((piece): [string, Uint8Array] => [JSON.stringify(piece), bytesFrom(piece)]),
  ["ff", Uint8Array.of(0xff)],
  ["c3 28", Uint8Array.of(0xc3, 0x28)],
];

describe.each(hostile)("arguments of %s, 128 KiB", (_, piece) => {
  const args = repeated(piece, MAX_SENT_BYTES);

  test.each(formats)("a line of %s: within MAX_LINE_BYTES", (options) => {
    expect(Buffer.byteLength(line(formatOf(options), longExit(args, piece)))).toBeLessThan(MAX_LINE_BYTES);
  });

  test("JSON arguments: a prefix of the originals, args_truncated true if any are missing", () => {
    const event = JSON.parse(line(formatOf("-f json -C args,args_truncated"), longExit(args, piece)));
    const end = endOfArgs(args, 0, args.length);
    expect(event.args_truncated).toBe(end < args.length);
    expect(lenientText(args.subarray(0, end)).replace(/\0$/, "")).toBe(event.args.join("\0"));
    // a cut within a character would leave an invalid one
    if (!/\ufffd/.test(lenientText(piece))) expect(event.args.at(-1)).not.toEndWith("\ufffd");
  });

  test("CSV arguments: words that a shell reads back as a prefix of the originals", () => {
    const [fields] = parseCsv(`${line(formatOf("-f csv -C args,args_truncated"), longExit(args, piece))}\n`);
    const end = endOfArgs(args, 0, args.length);
    expect(fields![1]).toBe(String(end < args.length));
    expect(fields![0]).not.toMatch(unsafe);
    const words = fields![0]!.replace(/^'(?=[=+\-@])/, "");
    const [read] = shellWords("bash", [words]);
    const text = Buffer.concat(read!.flatMap((word) => [word, Uint8Array.of(0)]));
    expect(text.subarray(0, end).equals(args.subarray(0, end))).toBe(true);
    expect(text.length - end).toBeLessThanOrEqual(1);
  });
});

test("a command line of 128 KiB that needs few escapes: complete in each format", () => {
  const args = repeated(bytesFrom("--include=/usr/share/größe/x y.h\0"), MAX_SENT_BYTES);
  expect(endOfArgs(args, 0, args.length)).toBe(args.length);
  const exit = longExit(args, bytesFrom("a"));
  expect(JSON.parse(line(formatOf("-f json -C args,args_truncated"), exit)).args_truncated).toBe(false);
  expect(line(formatOf("-C args"), exit)).not.toEndWith("...");
});

test("a table with truncated arguments: ends in ...", () => {
  expect(line(formatOf("-C args"), longExit(repeated(Uint8Array.of(1), MAX_SENT_BYTES), Uint8Array.of(1)))).toEndWith(
    "\\x01' ...",
  );
});

test("random arguments: truncated to MAX_ARGS_BYTES in every format, and not more than needed", () => {
  const parts = fc.array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.string({ unit: "binary", minLength: 1 }).map(bytesFrom),
    ),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  always(
    fc.tuple(parts, fc.integer({ min: 20_000, max: MAX_SENT_BYTES })),
    ([chunks, length]) => {
      const args = repeated(Buffer.concat(chunks), length);
      const end = endOfArgs(args, 0, args.length);
      const exit = longExit(args, bytesFrom("a"));
      for (const options of ["-f json -C args", "-f csv -C args", "-C args"]) {
        expect(Buffer.byteLength(line(formatOf(options), exit))).toBeLessThan(MAX_ARGS_BYTES + 64);
      }
      if (end < args.length) expect(end).toBeGreaterThan(MAX_ARGS_BYTES / 8);
    },
    30,
  );
});
