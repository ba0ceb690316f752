/** The files that a replay reads: plain, by gzip or zstd, whole or not. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { TraceError } from "../../src/errors.ts";
import { checkInput, partsOf, ReadError } from "../../src/replay/input.ts";
import { Random } from "../support/random.ts";
import { temporaryFolder } from "../support/tracer.ts";

const random = new Random(1);
/** More than one part, and hardly compressible. */
const bytes = Uint8Array.from({ length: 1_500_000 }, () => random.below(256));

/** Returns what is read of a file with these bytes, and why it ended early. */
async function read(content: Uint8Array): Promise<{ text: Buffer; error?: unknown }> {
  using folder = temporaryFolder();
  const path = `${folder.path}/file`;
  writeFileSync(path, content);
  const parts: Uint8Array[] = [];
  try {
    for await (const part of partsOf(path)) parts.push(part.slice());
  } catch (error) {
    return { text: Buffer.concat(parts), error };
  }
  return { text: Buffer.concat(parts) };
}

describe("a file that is", () => {
  test.each([
    ["plain", bytes],
    ["by gzip", gzipSync(bytes)],
    ["by gzip, in two members", Buffer.concat([gzipSync(bytes.subarray(0, 1000)), gzipSync(bytes.subarray(1000))])],
    ["by zstd", zstdCompressSync(bytes)],
    [
      "by zstd, in two frames",
      Buffer.concat([zstdCompressSync(bytes.subarray(0, 9)), zstdCompressSync(bytes.subarray(9))]),
    ],
  ])("%s: is read whole", async (_, content) => {
    const { text, error } = await read(content);
    expect(error).toBeUndefined();
    expect(Buffer.compare(text, bytes)).toBe(0);
  });

  test.each([0, 1, 2, 3, 4])("%i bytes long: is read", async (length) => {
    expect(await read(bytes.subarray(0, length))).toEqual({ text: Buffer.from(bytes.subarray(0, length)) });
  });

  test("cut in its compressed form: is read up to there", async () => {
    for (const content of [gzipSync(bytes), zstdCompressSync(bytes)]) {
      const { text, error } = await read(content.subarray(0, content.length / 2));
      expect(text.length).toBeGreaterThan(100_000);
      expect(text.length).toBeLessThan(bytes.length);
      expect(Buffer.compare(text, bytes.subarray(0, text.length))).toBe(0);
      expect(error).toEqual(new ReadError("unexpected end of file"));
    }
  });

  test.each([
    ["gzip", gzipSync, "incorrect header check"],
    ["zstd", zstdCompressSync, "something that is not compressed follows"],
  ])("by %s, with other bytes after it: is read up to about there, with a reason", async (_, compress, reason) => {
    const content = compress(bytes);
    const { text, error } = await read(Buffer.concat([content, Buffer.from("other bytes")]));
    expect(text.length).toBeGreaterThan(bytes.length - 200_000);
    expect(Buffer.compare(text, bytes.subarray(0, text.length))).toBe(0);
    expect(error).toEqual(new ReadError(reason));
  });

  test("damaged in its compressed form: ends early with a reason, or is read", async () => {
    for (const content of [gzipSync(bytes.subarray(0, 5000)), zstdCompressSync(bytes.subarray(0, 5000))]) {
      for (let i = 0; i < 100; i++) {
        const damaged = Uint8Array.from(content);
        damaged[4 + random.below(damaged.length - 4)] = random.below(256);
        const { error } = await read(damaged);
        if (error) expect(error).toBeInstanceOf(ReadError);
      }
    }
  });
});

test("a file of another compression: is refused with the command that decompresses it", async () => {
  const { error } = await read(Uint8Array.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]));
  expect(String(error)).toMatch(
    /^TraceError: \/\S+\/file is compressed; decompress it: xzcat \/\S+\/file \| exitsnoop replay -$/,
  );
});

test("a file that does not exist: is refused with the reason", () => {
  expect(() => checkInput("/nowhere/x")).toThrow(new TraceError("cannot read /nowhere/x: no such file or directory"));
});
