/** A crash site in one phrase: `write to 0x0 in null_write+0x7 (o2+0x1617), from …`. */
import { type CrashFrame, type CrashSite, type FirstFault, firstGuess } from "../exit/crash-site.ts";
import { signalName } from "../record/signal-names.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { hasUnsafeBytes } from "../text/escape.ts";
import { firstOwnFrame } from "./own-frame.ts";
import { writeName, writeNameBeforeBracket, writeShellWord } from "./shell.ts";
import { siCodeName } from "./si-codes.ts";

const SLASH = 0x2f;
const MAX_NAME_BYTES = 120;
const MAX_MESSAGE_BYTES = 80;
const ELLIPSIS = bytesOf("...");
const QUOTE = bytesOf('"');
/** `"` and backslash: a text with these could seem to end before its end. */
const AMBIGUOUS = [0x22, 0x5c];

const verbs = { read: "read of", write: "write to", exec: "jump to" } as const;
const causes: Record<string, string> = {
  FPE_INTDIV: "division by zero",
  ILL_ILLOPN: "illegal instruction",
  ILL_ILLOPC: "illegal instruction",
  TRAP_BRKPT: "breakpoint",
};

const hex = (value: bigint | number) => `0x${value.toString(16)}`;

function put(out: ByteWriter, text: string): void {
  out.put(bytesOf(text));
}

/** Returns the length of a text that is cut to a number of bytes, not within a character. */
function cutLength(text: Uint8Array, max: number): number {
  let end = Math.min(text.length, max);
  while (end > 0 && end < text.length && (text[end]! & 0xc0) === 0x80) end--;
  return end;
}

/** Writes a name that a process or a file chose: quoted if it could be taken for other parts. */
function putName(out: ByteWriter, name: Uint8Array, write = writeName): void {
  const end = cutLength(name, MAX_NAME_BYTES);
  write(out, name, 0, end);
  if (end < name.length) out.put(ELLIPSIS);
}

/** Writes a message in quotes, or as a shell word if the quotes would not do. */
function putMessage(out: ByteWriter, message: Uint8Array): void {
  const end = cutLength(message, MAX_MESSAGE_BYTES);
  const isPlain = !AMBIGUOUS.some((byte) => message.includes(byte)) && !hasUnsafeBytes(message, 0, end);
  if (isPlain) {
    out.put(QUOTE);
    out.put(message, 0, end);
  } else {
    writeShellWord(out, message, 0, end);
  }
  if (end < message.length) out.put(ELLIPSIS);
  if (isPlain) out.put(QUOTE);
}

/** Returns the last name of a path. */
export function baseName(path: Uint8Array): Uint8Array {
  return path.subarray(path.lastIndexOf(SLASH) + 1);
}

/** Writes `o2+0x1617`, or `[heap]` for what is in no file. */
function writeModule(out: ByteWriter, { module, offset }: CrashFrame): void {
  putName(out, baseName(module));
  if (offset !== null) put(out, `+${hex(offset)}`);
}

/** Writes `null_write+0x7 (o2+0x1617)`, or without the name of the function `o2+0x1617`. */
export function writePlace(out: ByteWriter, frame: CrashFrame): void {
  if (!frame.function) return writeModule(out, frame);
  putName(out, frame.function);
  put(out, `+${hex(frame.functionOffset)} (`);
  writeModule(out, frame);
  put(out, ")");
}

/** Returns what a fault was; empty if nothing more is known of it. */
function causeOf({ signal, code, address, access, isStackOverflow }: CrashSite | FirstFault): string {
  const name = siCodeName(signal, code) ?? "";
  if (isStackOverflow) return "stack overflow";
  if (access && address !== null) {
    return `${verbs[access]} ${hex(address)}${name === "SEGV_ACCERR" ? " (not allowed)" : ""}`;
  }
  if (name === "SI_KERNEL" && signalName(signal) === "SIGSEGV") return "general protection fault";
  if (name === "SI_KERNEL" && signalName(signal) === "SIGTRAP") return "breakpoint";
  if (name === "BUS_ADRERR" && address !== null) return `bus error at ${hex(address)}`;
  return causes[name] ?? "";
}

/** Writes what happened, and where: `write to 0x0 in null_write+0x7 (o2+0x1617)`. */
function writeWhat(out: ByteWriter, site: CrashSite): void {
  const { code, signal, frames, nsPid, senderPid } = site;
  const top = frames[0]!;
  const codeName = siCodeName(signal, code) ?? "";
  const isRaised = ["SI_TKILL", "SI_USER"].includes(codeName) && senderPid === nsPid;
  const cause = causeOf(site);
  // abort(3) sends the signal to its thread; kill(2) has another code
  if (signalName(signal) === "SIGABRT" && isRaised && codeName === "SI_TKILL") return put(out, "abort()");
  if (site.syscall !== null) put(out, `system call ${site.syscall} in `);
  else if (isRaised) put(out, "raised in ");
  // the place of a jump to nowhere is its address
  else if (cause && site.access === "exec" && top.offset === null) return put(out, cause);
  else put(out, cause ? `${cause} in ` : "in ");
  writePlace(out, top);
}

/** Writes the phrase. */
export function writeCrashPhrase(out: ByteWriter, site: CrashSite): void {
  const { frames, first, message, pid, tid, thread } = site;
  writeWhat(out, site);
  const own = firstOwnFrame(site);
  const guessed = firstGuess(frames);
  if (own && own !== frames[0]) {
    put(out, ", from ");
    writePlace(out, own);
    if (frames.indexOf(own) >= guessed) put(out, "?");
  }
  if (first && first.frame !== null) {
    put(out, `, after ${[signalName(first.signal), causeOf(first)].filter(Boolean).join(" ")} in `);
    const place = frames[first.frame];
    if (place) writePlace(out, place);
    if (first.frame >= guessed) put(out, "?");
  }
  if (message) {
    put(out, ", ");
    putMessage(out, bytesOf(new TextDecoder().decode(message).trim()));
  }
  if (tid !== pid) {
    put(out, ", in thread ");
    putName(out, thread, writeNameBeforeBracket);
    put(out, `[${tid}]`);
  }
}
