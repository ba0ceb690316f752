/** The frames of a crash site as lines of a block. */
import { type CrashFrame, type CrashSite, firstGuess } from "../exit/crash-site.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { baseName, writePlace } from "./crash-phrase.ts";
import { writeShellWord } from "./shell.ts";

/** A run of frames at one place, as a recursion has, is one line. */
const MIN_RUN = 3;
/** Addresses in the command that finds names. */
const MAX_ADDRESSES = 6;
const REASONS = {
  ring_full: "the ring buffer had no room for the stack (--ring-size)",
  stack_unreadable: "memory of the stack is missing",
  busy: "too many crashes: unwinding took half of the tracer's time",
  no_unwind_info: "the file cannot be read, or has no unwind tables",
  too_many_mappings: "the process has too many executable mappings",
  too_complex: "unwinding took too many steps",
} as const;

function put(out: ByteWriter, text: string): void {
  out.put(bytesOf(text));
}

const isExact = (how: CrashFrame["how"]) => how === "ip" || how === "signal";
const isAt = (one: CrashFrame, other: CrashFrame) => one.ip === other.ip && one.how === other.how;

/** Returns the number of frames from `from` on that are at one place. */
function runLength(frames: readonly CrashFrame[], from: number): number {
  let end = from + 1;
  while (end < frames.length && isAt(frames[end]!, frames[from]!)) end++;
  return end - from;
}

/** Writes a line for each frame: `#1  inner+0x3a5 (o2+0x20d5)`. @param startLine begins a line. */
export function writeFrames(out: ByteWriter, site: CrashSite, startLine: () => void): void {
  const { frames, missing, isCut } = site;
  const guessed = firstGuess(frames);
  for (let i = 0; i < frames.length;) {
    const frame = frames[i]!;
    const run = runLength(frames, i);
    const count = run >= MIN_RUN ? run : 1;
    startLine();
    put(out, `#${i}`.padEnd(4));
    writePlace(out, frame);
    if (i >= guessed) put(out, "?");
    if (frames[i + 1]?.how === "signal") put(out, " <signal handler returns here>");
    if (frame.isDeleted) put(out, " (deleted)");
    else if (frame.file !== null && frame.file !== "ok") put(out, ` (file ${frame.file})`);
    if (count > 1) put(out, `, ${count} times`);
    i += count;
  }
  if (missing || isCut) {
    startLine();
    const callers = frames.length > 1 ? "callers are missing" : "no callers";
    put(out, missing ? `${callers}: ${REASONS[missing]}` : "more frames follow");
  }
  writeCommand(out, site, startLine);
}

/** Writes the command that finds the names in the first file that could not be read. */
function writeCommand(out: ByteWriter, { frames }: CrashSite, startLine: () => void): void {
  const first = frames.find(({ file, buildId, address }) => file !== "ok" && buildId !== null && address !== null);
  if (!first) return;
  const addresses = frames.filter(({ buildId, address }) => buildId === first.buildId && address !== null);
  // a return address follows its call, where the next line may begin
  const calls = addresses.map(({ address, how }) => (isExact(how) ? address! : address! - 1n));
  const shown = [...new Set(calls.map((address) => `0x${address.toString(16)}`))].slice(0, MAX_ADDRESSES);
  const base = baseName(first.module);
  startLine();
  put(out, "names of ");
  writeShellWord(out, base, 0, base.length);
  put(out, `: eu-addr2line -f -e "$(debuginfod-find executable ${first.buildId})" ${shown.join(" ")}`);
}
