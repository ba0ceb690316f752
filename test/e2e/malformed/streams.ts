/** Packages with malformed base64, zlib streams and sizes: `bpf_object` and `bpf_object_size`. */
import { constants, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { json, type Malformed } from "./malformed.ts";
import { validPackage } from "./valid-package.ts";

const { object } = validPackage.package;
const MEGABYTE = 1024 ** 2;
const GIGABYTE = 1024 * MEGABYTE;
const zlib = deflateSync(object);

/** Returns a zlib stream of zeros without a checksum, made of the blocks of one megabyte. */
function bomb(megabytes: number): Buffer {
  const block = deflateRawSync(Buffer.alloc(MEGABYTE), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  return Buffer.concat([Buffer.from([0x78, 0xda]), ...Array.from({ length: megabytes }, () => block)]);
}

/** Returns a case with another stream and another claimed size. */
const stream = (name: string, says: string, bytes: () => Buffer, size = object.length): Malformed =>
  json(name, says, (root) => {
    root.bpf_object = bytes().toString("base64");
    root.bpf_object_size = size;
  });

const text = (name: string, says: string, change: (base64: string) => string): Malformed =>
  json(name, says, (root) => {
    root.bpf_object = change(root.bpf_object);
  });

const claim = (size: number, says: string): Malformed =>
  json(`a claim of ${size} bytes`, says, (root) => {
    root.bpf_object_size = size;
  });

const truncated = Array.from({ length: 8 }, (_, i) => {
  const length = Math.floor((zlib.length * i) / 8);
  return stream(`a stream of ${length} of ${zlib.length} bytes`, "not a zlib stream", () => zlib.subarray(0, length));
});

/** Streams with one flipped bit. */
const flipped = Array.from({ length: 8 }, (_, i) =>
  stream(`a stream with a flipped bit in part ${i} of 8`, "bpf_object", () => {
    const copy = Buffer.from(zlib);
    const at = Math.floor((copy.length - 1) * (i / 7));
    copy[at]! ^= 0x10;
    return copy;
  }),
);

export const malformedStreams: Malformed[] = [
  text("no base64", "not base64", () => "!!!!"),
  text("base64 without its padding", "not base64", (base64) => `${base64.replace(/=+$/, "")}A`.slice(0, -2)),
  text("base64 with line breaks", "not base64", (base64) => base64.replace(/(.{76})/g, "$1\n")),
  text("base64 for URLs", "not base64", (base64) => base64.replaceAll("+", "-").replaceAll("/", "_")),
  text("base64 with padding in the middle", "not base64", (base64) => `QQ==${base64}`),
  text("base64 with letters beyond ASCII", "not base64", () => "\u0410\u0411\u0412\u0413"),
  text("an empty text", "bpf_object", () => ""),
  text("base64 of zeros", "not a zlib stream", () => "A".repeat(4000)),
  stream("the bare object", "not a zlib stream", () => Buffer.from(object)),
  stream("gzip", "not a zlib stream", () => gzipSync(object)),
  stream("deflate without zlib's header", "not a zlib stream", () => deflateRawSync(object)),
  stream("a stream that needs a dictionary", "not a zlib stream", () =>
    deflateSync(object, { dictionary: Buffer.from("x") }),
  ),
  stream("a bomb of 1 GB", "more than", () => bomb(1024)),
  stream("a bomb of 1 GB, claimed", "at most 32 MB", () => bomb(1024), GIGABYTE),
  stream("a bomb of 1 GB, claimed as 32 MB", "more than", () => bomb(1024), 32 * MEGABYTE),
  stream("32 MB of zeroes", "not an ELF file", () => deflateSync(Buffer.alloc(32 * MEGABYTE)), 32 * MEGABYTE),
  stream("a bomb in a bomb", "more than", () => deflateSync(bomb(1024))),
  stream("garbage after the stream", "ends after", () => Buffer.concat([zlib, Buffer.from("garbage")])),
  stream("two streams", "ends after", () => Buffer.concat([zlib, zlib])),
  stream("an empty stream", "inflates to 0 bytes", () => deflateSync(Buffer.alloc(0))),
  stream("an empty object, as claimed", "not an ELF file", () => deflateSync(Buffer.alloc(0)), 0),
  claim(0, "bpf_object inflates to"),
  claim(object.length - 1, "bpf_object inflates to"),
  claim(object.length + 1, `inflates to ${object.length} bytes`),
  claim(2 * GIGABYTE, "at most 32 MB"),
  claim(2 ** 31 - 1, "at most 32 MB"),
  claim(2 ** 32, "at most 32 MB"),
  claim(2 ** 53, "bpf_object_size"),
  claim(1e300, "bpf_object_size"),
  ...truncated,
  ...flipped,
];
