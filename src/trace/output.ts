import { closeSync, fstatSync, ftruncateSync } from "node:fs";
import { TraceError } from "../errors.ts";
import { log } from "../log.ts";
import { type Write, writtenBytes } from "../output/sink.ts";
import { writeAll } from "../system/files.ts";
import { checkOpen, describeOpenError, openOutputFile } from "../system/output-file.ts";
import { openSegments, SegmentError } from "../system/segments.ts";
import { quotePath } from "../text/sanitize.ts";
import type { Destination, SegmentDestination } from "./plan.ts";
import { segmentBytes, Segments } from "./segments.ts";

const STDOUT = 1;
const STDERR = 2;

/** An open file that events are written to. Its descriptor keeps its number if it is reopened. */
export interface Output {
  readonly fd: number;
  /** The name in messages. */
  readonly name: string;
  /** True for a file of --output; false for a descriptor that the tracer inherited. */
  readonly isFile: boolean;
  /** Writes to the output. */
  readonly write: Write;
  /** For a directory: decides when the file behind the descriptor is replaced by the next one. */
  readonly segments?: Segments;
}

/**
 * Opens the files of --output, or creates them. Their content stays: truncate() empties them.
 * @throws TraceError
 */
export function openOutputs(destinations: readonly Destination[]): Output[] {
  const outputs = destinations.map(openOutput);
  const files = outputs.filter(({ isFile }) => isFile).map(({ fd }) => fstatSync(fd, { bigint: true }));
  const inodes = files.filter((file) => file.isFile()).map(({ dev, ino }) => `${dev} ${ino}`);
  if (new Set(inodes).size < inodes.length) {
    throw new TraceError("--output is given twice with the same file; leave one out");
  }
  return outputs;
}

/** Returns the function that writes to a descriptor. */
export function writeTo(fd: number): Write {
  return (bytes, length) => writeAll(fd, bytes, length);
}

function openOutput(destination: Destination): Output {
  if ("directory" in destination) return openDirectory(destination);
  const isFile = "file" in destination;
  const name = isFile ? destination.file : describeFd(destination.fd);
  try {
    const fd = isFile
      ? openOutputFile(name, destination.isFifo ? "fifo" : "any")
      : checkInherited(destination.fd, name);
    return { fd, name: quotePath(name), isFile, write: writeTo(fd) };
  } catch (error) {
    throw new TraceError(describeOpenError(name, error));
  }
}

/** @throws TraceError */
function openDirectory({ directory, suffix, keep }: SegmentDestination): Output {
  const name = quotePath(directory);
  try {
    const fd = openSegments(directory, suffix, keep, segmentBytes(keep));
    const segments = new Segments(name, keep);
    const writeFile = writeTo(fd);
    const write = (bytes: Uint8Array, length: number) => {
      if (segments.failure) return -segments.failure;
      const result = writeFile(bytes, length);
      segments.add(writtenBytes(result));
      return result;
    };
    return { fd, name, isFile: true, write, segments };
  } catch (error) {
    throw error instanceof SegmentError ? new TraceError(error.message) : error;
  }
}

/** Checks descriptors that --output names. The standard streams need not be open. */
function checkInherited(fd: number, name: string): number {
  return fd > STDERR ? checkOpen(fd, name) : fd;
}

function describeFd(fd: number): string {
  return fd === STDOUT ? "standard output" : fd === STDERR ? "standard error" : `file descriptor ${fd}`;
}

/** Returns the size of a regular file of --output in bytes; 0 for any other output. */
export function sizeOf({ fd, isFile }: Output): number {
  if (!isFile) return 0;
  const stat = fstatSync(fd);
  return stat.isFile() ? stat.size : 0;
}

/** Empties the regular files of --output. Inherited descriptors keep their content. */
export function truncate(outputs: readonly Output[]): void {
  for (const output of outputs) if (sizeOf(output) > 0) ftruncateSync(output.fd);
}

/**
 * Checks that a document can be written to the outputs, also to standard output after `>>`.
 * @param option that of the document's format.
 * @param truncates true if the files of --output are emptied.
 * @throws TraceError if one has content.
 */
export function requireEmpty(outputs: readonly Output[], option: string, truncates: boolean): void {
  for (const { fd, name, isFile } of outputs) {
    if (isFile && truncates) continue;
    const stat = fstatSync(fd);
    if (!stat.isFile() || stat.size === 0) continue;
    const advice = isFile ? "name a new file, or add --truncate" : "redirect it to a new file";
    throw new TraceError(`${name} is not empty, and nothing can be appended to ${option}; ${advice}`);
  }
}

/** Reports the files of --output that have content, which stays. */
export function reportAppending(outputs: readonly Output[]): void {
  for (const output of outputs) {
    const size = sizeOf(output);
    if (size > 0) log.info(`Appending to ${output.name}, which has ${size} bytes; --truncate empties it first`);
  }
}

export function closeOutputs(outputs: readonly Output[]): void {
  for (const { fd, isFile } of outputs) if (isFile) closeSync(fd);
}
