/** The maximum length of a line, with 128 KiB of hostile arguments. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { boundNames } from "../../../src/crash/bound-names.ts";
import { endOfArgs, MAX_ARGS_BYTES, MAX_LINE_BYTES } from "../../../src/output/bounds.ts";
import { parseCsv } from "../../support/csv-parser.ts";
import { crashSites, fakeCrash, fakeFrame } from "../../support/fake-crash.ts";
import { fakeExit, type Fields, killedBy, line } from "../../support/fake-exit.ts";
import { addSender, argsRecord, contextOf } from "../../support/fake-records.ts";
import { formatOf } from "../../support/fake-host.ts";
import { bytesFrom, lenientText, unsafe } from "../../support/hostile-text.ts";
import { shellWords } from "../../support/real-shell.ts";
import { always, character } from "../../support/property.ts";

/** The largest number of argument bytes that the recorder sends. */
const MAX_SENT_BYTES = 128 * 1024;
const PATH_BYTES = 4095;
const formats = ["-f json -w", "-f csv -w", "-f table -w", "-f table", "-f ecli"];

function repeated(piece: Uint8Array, length: number): Uint8Array {
  const all = new Uint8Array(length);
  all.set(piece.subarray(0, length));
  for (let done = piece.length; done < length; done *= 2) all.copyWithin(done, 0, done);
  return all;
}

/** Returns an exit with these arguments, and with paths and names made of `piece`. */
function longExit(args: Uint8Array, piece: Uint8Array, isCrash = false) {
  const path = repeated(
    Uint8Array.from([0x2f, ...piece]).map((byte) => byte || 1),
    PATH_BYTES,
  );
  const comm = repeated(
    piece.map((byte) => byte || 1),
    15,
  );
  const name = repeated(piece, 2048);
  const site = () => {
    const frames = boundNames(Array.from({ length: 64 }, () => fakeFrame(null, { module: path, function: name })));
    return fakeCrash({ thread: comm, message: name.subarray(0, 256), frames });
  };
  const context = { ...contextOf({ 5: path }), crashes: crashSites(isCrash ? site() : null) };
  const origin = {
    ancestors: Array.from({ length: 16 }, (_, i) => ({ pid: i + 1, comm, start: 1n })),
    startedBy: { pid: 1, comm, start: 1n },
    ...{ cwd: path.subarray(0, 4000), isCwdDeleted: true, hostname: repeated(piece, 64) },
  };
  const sender: Partial<Fields> = {
    ...{ pid: 4242, exitTimeSinceBoot: 99n, comm, args: args.subarray(0, 4000), exe: path.subarray(0, 4000) },
    ...{ cgroupV2: 5n, origin },
  };
  addSender(context, sender);
  const killer: Partial<Fields> = isCrash
    ? { status: killedBy(11), killer: { kind: "process", pid: 4242, uid: 0, comm }, senderTimeNs: 99n }
    : { status: killedBy(9), killer: { kind: "oom", comm }, oomCgroup: 5n };
  for (let at = 0; at < args.length; at += 4096) {
    context.longArguments.add(argsRecord(42050, at, args.subarray(at, at + 4096)));
  }
  return fakeExit(
    {
      ...{ argsInChunks: true, comm, parentComm: comm, exe: path.subarray(0, 4000), isDeleted: true, cgroupV2: 5n },
      ...{ ...killer, origin },
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

  test.each(formats)("a line of %s about a crash and its sender: within MAX_LINE_BYTES", (options) => {
    expect(Buffer.byteLength(line(formatOf(options), longExit(args, piece, true)))).toBeLessThan(MAX_LINE_BYTES);
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
      fc.string({ unit: character, minLength: 1 }).map(bytesFrom),
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
    6,
  );
});
