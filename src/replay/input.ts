/** Reads a recording, plain or compressed, in parts. */
import { accessSync, close, constants, fstatSync, open, read, type Stats, statSync } from "node:fs";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import zlib from "node:zlib";
import { TraceError } from "../errors.ts";
import { shellLine } from "../output/shell-line.ts";
import { errorReason } from "../system/files.ts";
import { quotePath } from "../text/sanitize.ts";
import { ZstdFrames } from "./zstd-frames.ts";

const STDIN = 0;
export const STDIN_NAME = "-";
const CHUNK_BYTES = 512 * 1024;
/** The bytes that are decompressed at once. If some are damaged, those before them are lost too. */
const COMPRESSED_BYTES = 32 * 1024;
/** The time until a non-blocking stdin without data is read again, ms. */
const RETRY_MS = 20;

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);

interface Compression {
  magic: readonly number[];
  decompress(): zlib.Gunzip | zlib.ZstdDecompress;
  /** Creates what finds the end of the file, if the decompressor does not. */
  frames?(): ZstdFrames;
}

/** Compressions by the bytes at their start. */
const compressions: readonly Compression[] = [
  { magic: [0x1f, 0x8b], decompress: () => zlib.createGunzip() },
  { magic: [0x28, 0xb5, 0x2f, 0xfd], decompress: () => zlib.createZstdDecompress(), frames: () => new ZstdFrames() },
];
/** Compressions that the runtime has not, with the programs that decompress them. */
const others: readonly { magic: readonly number[]; program: string }[] = [
  { magic: [0xfd, 0x37, 0x7a, 0x58], program: "xzcat" },
  { magic: [0x42, 0x5a, 0x68], program: "bzcat" },
  { magic: [0x04, 0x22, 0x4d, 0x18], program: "lz4cat" },
];
const MAGIC_BYTES = 4;
const isMagic =
  (head: Uint8Array) =>
  ({ magic }: { magic: readonly number[] }) =>
    magic.every((byte, i) => head[i] === byte);

/** Is thrown if the rest of a recording cannot be read. The message follows its name. */
export class ReadError extends Error {
  override readonly name = "ReadError";
}

/** Is thrown if a recording that is no longer there is opened. */
export class MissingError extends TraceError {}

/** Checks that a recording exists and can be read. @throws TraceError */
export function checkInput(file: string): void {
  if (file === STDIN_NAME) return;
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw new TraceError(`cannot read ${quotePath(file)}: ${errorReason(error)}`);
  }
}

/**
 * Checks that no recording is an output as well: it would grow while it is read.
 * @throws TraceError
 */
export function checkOutputs(files: readonly string[], outputs: readonly { fd: number; name: string }[]): void {
  for (const { fd, name } of outputs) {
    const output = fileOf(() => fstatSync(fd));
    const same = files.find(
      (file) => output && output === fileOf(() => (file === STDIN_NAME ? fstatSync(STDIN) : statSync(file))),
    );
    if (same === undefined) continue;
    const recording = same === STDIN_NAME ? "standard input" : quotePath(same);
    throw new TraceError(
      `${recording} is read, and is the output as well (${name}); name another file for one of them`,
    );
  }
}

/** Identifies a regular file that can be checked; undefined for others. */
function fileOf(stat: () => Stats): string | undefined {
  try {
    const found = stat();
    return found.isFile() ? `${found.dev} ${found.ino}` : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Yields the bytes of a recording, decompressed. The next part overwrites one.
 * @throws TraceError if it cannot be opened, ReadError if it cannot be read any further.
 */
export async function* partsOf(file: string): AsyncGenerator<Uint8Array> {
  const fd = file === STDIN_NAME ? STDIN : await opened(file);
  try {
    const parts = rawParts(fd);
    const head = await headOf(parts);
    const other = others.find(isMagic(head));
    if (other) {
      const command = shellLine([other.program, ...(fd === STDIN ? [] : [file])]);
      throw new TraceError(`${quotePath(file)} is compressed; decompress it: ${command} | exitsnoop replay -`);
    }
    const compression = compressions.find(isMagic(head));
    if (compression) {
      yield* decompressed(head, parts, compression);
    } else {
      yield head;
      yield* parts;
    }
  } finally {
    if (fd !== STDIN) await closeFile(fd);
  }
}

async function opened(file: string): Promise<number> {
  try {
    return await openFile(file, "r");
  } catch (error) {
    const message = `cannot read ${quotePath(file)}: ${errorReason(error)}`;
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? new MissingError(message) : new TraceError(message);
  }
}

async function* rawParts(fd: number): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES);
  for (;;) {
    try {
      const { bytesRead } = await readFile(fd, buffer, 0, buffer.length, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw new ReadError(errorReason(error));
      await Bun.sleep(RETRY_MS);
    }
  }
}

/** Reads on until there are enough bytes to recognize a compression. */
async function headOf(parts: AsyncGenerator<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.length < MAGIC_BYTES) {
    const { value, done } = await parts.next();
    if (done) break;
    // most files have one part or more: it is not copied
    head = head.length === 0 ? value : Buffer.concat([head.slice(), value]);
  }
  return head;
}

async function* decompressed(
  head: Uint8Array,
  parts: AsyncGenerator<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  const stream = compression.decompress();
  const frames = compression.frames?.();
  async function* copies() {
    yield* copiesOf(head);
    for await (const part of parts) yield* copiesOf(part);
  }
  function* copiesOf(part: Uint8Array) {
    frames?.add(part);
    for (let at = 0; at < part.length; at += COMPRESSED_BYTES) yield part.slice(at, at + COMPRESSED_BYTES);
  }
  const source = Readable.from(copies(), { objectMode: false });
  source.on("error", (error) => stream.destroy(error));
  source.pipe(stream);
  try {
    for await (const part of stream) yield part as Uint8Array;
  } catch (error) {
    throw error instanceof ReadError ? error : new ReadError(error instanceof Error ? error.message : String(error));
  } finally {
    source.destroy();
  }
  if (frames?.isOther) throw new ReadError("something that is not compressed follows");
  if (frames && !frames.isAtEnd) throw new ReadError("unexpected end of file");
}
