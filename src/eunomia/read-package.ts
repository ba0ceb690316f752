/** Reads a package: its description (`meta`) and its BPF object. */
import { isUtf8 } from "node:buffer";
import { closeSync, fstatSync, readSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FileError, openFileOfKind, errorReason } from "../system/files.ts";
import { PackageError } from "./errors.ts";
import { parseExactly } from "./exact-integers.ts";
import { describeFileFormat, describeJsonFormat } from "./file-format.ts";
import { checkJsonLimits } from "./json-limits.ts";
import { checkMeta, checkPackage, type Meta } from "./schema.ts";

export interface Package {
  meta: Meta;
  /** The relocatable BPF object. */
  object: Uint8Array;
}

const STDIN = 0;
const CHUNK = 64 * 1024;
const MEGABYTE = 1024 * 1024;
/** The objects of bpftool's own programs have a tenth of this size. */
const MAX_OBJECT_BYTES = 32 * MEGABYTE;
/** An object takes half its size after zlib and base64. */
const MAX_FILE_BYTES = 16 * MEGABYTE;
/** The time between two reads of an empty pipe, ms. */
const RETRY_MS = 10;
/** The time to wait for a writer to open a FIFO, ms. */
const MAX_OPEN_MS = 1000;
const SKELETON = /\.skel\.json$/;
/** Matches `registry.example/owner/name:tag`: ecli pulls this image if there is no such file. */
const IMAGE = /^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:\w+)?$/;

/**
 * Reads a whole file, or a pipe. A FIFO is opened without waiting for a writer, which may never
 * come; a writer that has opened it may take its time.
 * @param deadline the time, on the clock of performance.now(), to stop waiting for a pipe.
 * @throws PackageError
 */
function readAll(path: string, largest: number, deadline: number): Buffer {
  let fd = STDIN;
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    if (path !== "-") fd = openFileOfKind(path, ["regular file", "FIFO"]);
    const isFifo = fd !== STDIN && fstatSync(fd).isFIFO();
    const openDeadline = isFifo ? Math.min(performance.now() + MAX_OPEN_MS, deadline) : 0;
    for (;;) {
      const chunk = Buffer.alloc(CHUNK);
      const size = readChunk(fd, chunk, fd === STDIN || isFifo ? deadline : 0);
      if (size === 0 && !length && performance.now() < openDeadline) {
        Bun.sleepSync(RETRY_MS);
        continue;
      }
      if (size === 0) break;
      chunks.push(chunk.subarray(0, size));
      length += size;
      if (length > largest) throw new PackageError(`it is larger than ${largest / MEGABYTE} MB`);
    }
    if (!length) throw new PackageError(isFifo ? "no process has opened the pipe for writing" : "it is empty");
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof PackageError) throw error;
    if (error instanceof FileError) throw new PackageError(withAdvice(error.message, path));
    throw new PackageError(errorReason(error));
  } finally {
    if (fd !== STDIN) closeSync(fd);
  }
}

/** The path stands before the message already. */
function withAdvice(text: string, path: string): string {
  const message = text.replace(/^it cannot be read: /, "");
  if (message.startsWith("it is a directory")) return "it is a directory; name the package.json in it";
  if (/no such file/.test(message) && IMAGE.test(path) && !path.endsWith(".json")) {
    return `${message}; exitsnoop does not pull OCI images: download the package.json and run that file`;
  }
  return message;
}

/** @param deadline 0 for a file that must not block. */
function readChunk(fd: number, chunk: Buffer, deadline: number): number {
  for (;;) {
    try {
      return readSync(fd, chunk, 0, CHUNK, null);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
      if (!deadline) throw new PackageError("it has no data");
      if (performance.now() > deadline) throw new PackageError("the writer of the pipe did not finish within --for");
      Bun.sleepSync(RETRY_MS);
    }
  }
}

function parseJson(bytes: Buffer): unknown {
  const foreign = describeFileFormat(bytes);
  if (foreign) throw new PackageError(foreign);
  checkJsonLimits(bytes);
  if (!isUtf8(bytes)) throw new PackageError("it is not JSON: it has bytes that are not UTF-8");
  try {
    return parseExactly(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PackageError(
      `it is not JSON: ${error instanceof Error ? error.message.replace(/^JSON Parse error: /, "") : error}`,
    );
  }
}

/** Decodes the object from base64 and zlib. @throws PackageError if it has another size. */
function unpack(base64: string, size: number): Uint8Array {
  if (size > MAX_OBJECT_BYTES) {
    throw new PackageError(`bpf_object_size is ${size} bytes; at most ${MAX_OBJECT_BYTES / MEGABYTE} MB is possible`);
  }
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) {
    throw new PackageError("bpf_object is not base64");
  }
  const stream = Buffer.from(base64, "base64");
  const { object, read } = inflate(stream, size);
  if (object.length !== size) {
    throw new PackageError(`bpf_object inflates to ${object.length} bytes, but bpf_object_size is ${size}`);
  }
  if (read !== stream.length) {
    throw new PackageError(`the zlib stream of bpf_object ends after ${read} of ${stream.length} bytes`);
  }
  return object;
}

/**
 * Returns the inflated bytes, and how many of the stream's bytes were read for them. @throws
 * PackageError
 */
function inflate(stream: Buffer, size: number): { object: Uint8Array; read: number } {
  // an import would cost every start of the binary 2 ms
  const { inflateSync } = process.getBuiltinModule("node:zlib");
  try {
    // one byte more than expected shows that the object is larger
    const result = inflateSync(stream, { maxOutputLength: size + 1, info: true });
    const { buffer, engine } = result as unknown as { buffer: Buffer; engine: { bytesWritten: number } };
    return { object: buffer, read: engine.bytesWritten };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw new PackageError(`bpf_object inflates to more than the ${size} bytes of bpf_object_size`);
    }
    throw new PackageError("bpf_object is not a zlib stream");
  }
}

/**
 * Reads a package.json (`-`: from stdin), or a NAME.skel.json with NAME.bpf.o beside it.
 * @param maxWaitMs the time that the writer of a pipe may take.
 * @throws PackageError with the fault and its position.
 */
export function readPackage(path: string, maxWaitMs = Number.POSITIVE_INFINITY): Package {
  const deadline = performance.now() + maxWaitMs;
  const json = parseJson(readAll(path, MAX_FILE_BYTES, deadline));
  const foreign = describeJsonFormat(json, SKELETON.test(path));
  if (foreign) throw new PackageError(foreign);
  if (!SKELETON.test(path)) {
    const { bpf_object, bpf_object_size, meta } = checkPackage(json);
    return { meta, object: unpack(bpf_object, bpf_object_size) };
  }
  const meta = checkMeta(json);
  const file = `${basename(path).replace(SKELETON, "")}.bpf.o`;
  try {
    return { meta, object: readAll(join(dirname(path), file), MAX_OBJECT_BYTES, deadline) };
  } catch (error) {
    throw new PackageError(`its object ${file}: ${(error as Error).message}`);
  }
}
