/** Random names and arguments: safe in every output format, and readable as the originals. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { sanitizeForTerminal, quoteWord } from "../../../src/text/sanitize.ts";
import { LongArguments } from "../../../src/exit/arguments.ts";
import { joinPath } from "../../../src/exit/join-path.ts";
import { ByteWriter } from "../../../src/text/byte-writer.ts";
import { writeCsv } from "../../../src/output/csv-text.ts";
import { writeJson, writePlain } from "../../../src/text/escape.ts";
import { writeShellWord } from "../../../src/output/shell.ts";
import { isGlob, literalBytes } from "../../../src/filter/glob.ts";
import { compileNames, MAX_COMM_BYTES } from "../../../src/filter/name-automaton.ts";
import { parseCsv } from "../../support/csv-parser.ts";
import { argsRecord } from "../../support/fake-records.ts";
import { unsafe } from "../../support/hostile-text.ts";
import { always, bytes, character } from "../../support/property.ts";

type Write = typeof writePlain;

/** Random bytes, random text, and text of special characters. */
const names = fc.oneof(
  bytes(80),
  fc.string({ unit: character, maxLength: 40 }).map((text) => new TextEncoder().encode(text)),
  fc
    .string({
      unit: fc.constantFrom("=", "+", "-", "@", '"', "'", ",", "\\", "\n", "\r", "\t", "\u202e", "\u2028", "é", "a"),
    })
    .map((text) => new TextEncoder().encode(text)),
);

/** Returns the escaped text, which does not begin at 0 and has other bytes around it. */
function written(write: Write, text: Uint8Array): string {
  const out = new ByteWriter();
  const around = Uint8Array.of(0x22, 0x1b, ...text, 0x1b, 0x22);
  out.reserve(0);
  write(out, around, 2, 2 + text.length);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(out.bytes.subarray(0, out.length));
}

/** Decodes `$'…'` as a shell does. */
function unquoted(shown: string): string {
  if (!shown.startsWith("$'")) return shown;
  const bytes = shown.slice(2, -1).replace(/\\(?:x([0-9a-f]{2})|(.))|[^\\]+/gu, (all, hex, letter) => {
    if (hex) return `${hex} `;
    return Buffer.from(letter ? ({ n: "\n", t: "\t" }[letter as string] ?? letter) : all).toString("hex");
  });
  return decoded(Buffer.from(bytes.replaceAll(" ", ""), "hex"));
}

const decoded = (text: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);

describe("random bytes", () => {
  test("writeJson: JSON.parse returns the text", () => {
    always(names, (text) => {
      const json = written(writeJson, text);
      expect(JSON.parse(json)).toBe(decoded(text));
      expect(json).not.toMatch(unsafe);
    });
  });

  test("writePlain: no unsafe characters", () => {
    always(names, (text) => expect(written(writePlain, text)).not.toMatch(unsafe));
  });

  test("writeCsv: a parser returns the text of writePlain, and no formula", () => {
    always(fc.array(names, { minLength: 1, maxLength: 4 }), (fields) => {
      const line = `${fields.map((field) => written(writeCsv, field)).join(",")}\n`;
      expect(line.slice(0, -1)).not.toMatch(unsafe);
      const [row] = parseCsv(line);
      expect(row!.map((field) => field.replace(/^'(?=[=+\-@$])/, ""))).toEqual(
        fields.map((field) => written(writePlain, field).replace(/^'(?=[=+\-@$])/, "")),
      );
      for (const field of row!) expect(field).not.toMatch(/^[=+\-@\t\r]/);
    });
  });

  test("writeShellWord: one complete word", () => {
    always(names, (text) => {
      const word = written(writeShellWord, text);
      expect(word).not.toMatch(unsafe);
      // unquoted, or in quotes with every apostrophe escaped
      expect(word).toMatch(/^([\w./:=@%+,-]+|'[^']*'(\\''[^']*')*|\$'([^'\\]|\\.)*')$/su);
    });
  });

  test("quoteWord and sanitizeForTerminal: short, safe, and stable if applied twice", () => {
    always(fc.string({ unit: character, maxLength: 600 }), (text) => {
      expect(quoteWord(text)).not.toMatch(unsafe);
      expect(quoteWord(text).length).toBeLessThanOrEqual(60);
      expect(sanitizeForTerminal(text)).not.toMatch(unsafe);
      expect(sanitizeForTerminal(sanitizeForTerminal(text, Infinity), Infinity)).toBe(
        sanitizeForTerminal(text, Infinity),
      );
    });
  });

  test("quoteWord with a short text: can be read back", () => {
    always(fc.string({ unit: character, maxLength: 3 }), (text) => {
      expect(unquoted(quoteWord(text))).toBe(text);
    });
  });
});

describe("random paths and arguments", () => {
  const name = fc
    .uint8Array({ minLength: 1, maxLength: 20 })
    .map((any) => any.map((byte) => (byte === 0 || byte === 0x2f ? 0x61 : byte)));

  test("joinPath: writes the names from the root to the leaf", () => {
    always(fc.array(name, { maxLength: 12 }), (parts) => {
      const leafFirst = Buffer.concat(parts.toReversed().flatMap((part) => [part, Uint8Array.of(0)]));
      const to = new Uint8Array(leafFirst.length + 1);
      const length = joinPath(to, leafFirst, 0, leafFirst.length);
      const expected = Buffer.concat(parts.flatMap((part) => [Uint8Array.of(0x2f), part]));
      expect(Buffer.from(to.subarray(0, length)).equals(parts.length ? expected : Buffer.from("/"))).toBe(true);
    });
  });

  test("joinPath with random bytes: stays within the buffer", () => {
    always(bytes(), (any) => {
      const to = new Uint8Array(any.length + 1);
      expect(joinPath(to, any, 0, any.length)).toBeLessThanOrEqual(to.length);
    });
  });

  test("LongArguments: joins the chunks, up to the first missing one", () => {
    const chunks = fc.array(fc.uint8Array({ minLength: 1, maxLength: 4096 }), { maxLength: 8 });
    always(
      fc.tuple(chunks, fc.nat(7)),
      ([parts, missing]) => {
        const long = new LongArguments();
        let offset = 0;
        parts.forEach((part, i) => {
          if (i !== missing || missing === 0) long.add(argsRecord(7, offset, part));
          offset += part.length;
        });
        const whole = Buffer.concat(missing === 0 ? parts : parts.slice(0, missing));
        expect(Buffer.from(long.take(7) ?? []).equals(whole)).toBe(true);
        expect(long.take(7)).toBeUndefined();
      },
      50,
    );
  });
});

describe("random patterns of --name", () => {
  const pattern = fc.string({
    unit: fc.oneof(
      fc.constantFrom("*", "?", "[", "]", "!", "-", "\\", "a", "é"),
      fc.string({ unit: character, minLength: 1, maxLength: 1 }),
    ),
    maxLength: 20,
  });
  const run = (next: Uint16Array, text: Uint8Array) => {
    let state = 1;
    for (const byte of [...text, 0]) state = next[state * 256 + byte]!;
    return state === 2;
  };

  test("compileNames: every transition leads to a state of the automaton", () => {
    always(
      fc.array(pattern, { minLength: 1, maxLength: 4 }),
      (patterns) => {
        const { states, next } = compileNames(patterns);
        expect(next.every((state) => state < states)).toBe(true);
      },
      100,
    );
  });

  test("compileNames with an escaped name: matches that name only", () => {
    const comm = fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: MAX_COMM_BYTES });
    always(fc.tuple(comm, comm), ([one, other]) => {
      const escaped = one.replace(/[*?[\]\\]/g, "\\$&");
      expect(isGlob(escaped)).toBe(false);
      expect(new TextDecoder().decode(literalBytes(escaped))).toBe(one);
      const { next } = compileNames([escaped]);
      expect(run(next, new TextEncoder().encode(one))).toBe(true);
      expect(run(next, new TextEncoder().encode(other))).toBe(one === other);
    });
  });
});
