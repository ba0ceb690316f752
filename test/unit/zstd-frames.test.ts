import { describe, expect, test } from "bun:test";
import { constants, zstdCompressSync } from "node:zlib";
import { ZstdFrames } from "../../src/replay/zstd-frames.ts";
import { Random } from "../support/random.ts";

const random = new Random(1);
const noise = Uint8Array.from({ length: 300_000 }, () => random.below(256));
const checksum = { params: { [constants.ZSTD_c_checksumFlag]: 1 } };
const skipped = Uint8Array.from([0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);

/** Frames of every kind: empty, small, of one byte repeated, of several blocks, with a checksum. */
const frames = [
  zstdCompressSync(new Uint8Array(0)),
  zstdCompressSync(Buffer.from("hello")),
  zstdCompressSync(new Uint8Array(400_000)),
  skipped,
  zstdCompressSync(noise),
  zstdCompressSync(noise.subarray(0, 1000), checksum),
  zstdCompressSync(Buffer.from("x".repeat(70_000)), checksum),
];

function follow(...parts: readonly Uint8Array[]) {
  const followed = new ZstdFrames();
  for (const part of parts) followed.add(part);
  return { isAtEnd: followed.isAtEnd, isOther: followed.isOther };
}

describe("ZstdFrames:", () => {
  test("whole frames, at once and in small parts: are at their end", () => {
    const all = Buffer.concat(frames);
    expect(follow(all)).toEqual({ isAtEnd: true, isOther: false });
    for (const size of [1, 2, 3, 7, 1000]) {
      const parts = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.subarray(i * size, (i + 1) * size),
      );
      expect(follow(...parts)).toEqual({ isAtEnd: true, isOther: false });
    }
  });

  test("a file that is cut off anywhere: is not at its end, except between two frames", () => {
    for (const frame of frames) {
      const lengths = frame.length < 2000 ? frame.keys() : [1, 4, 5, 6, 100_000, frame.length - 1];
      for (const length of lengths) {
        expect(follow(frames[1]!, frame.subarray(0, length))).toEqual({ isAtEnd: length === 0, isOther: false });
      }
    }
  });

  test("other bytes after a frame: are noticed", () => {
    for (const frame of frames) expect(follow(frame, Buffer.from("other"))).toMatchObject({ isOther: true });
  });
});
