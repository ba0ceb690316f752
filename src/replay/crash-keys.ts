/** The key `crash`. Crashes are rare: their objects are allocated. */
import {
  type Access,
  type CrashFrame,
  type CrashSite,
  fileStates,
  type FirstFault,
  frameHows,
  type MissingFrames,
  missingFrames,
} from "../exit/crash-site.ts";
import { siCodeName } from "../output/si-codes.ts";
import { CLOSE_BRACKET } from "../text/ascii.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import { wrongValue } from "./broken-line.ts";
import { MAX_PID, signalOf } from "./core-keys.ts";
import type { ExitLine } from "./exit-line.ts";
import type { JsonCursor } from "./json-cursor.ts";
import { ObjectReader, type Read } from "./object-reader.ts";

const MAX_FRAMES = 256;
const MAX_OFFSET = 2 ** 53 - 1;
const MIN_I32 = -0x8000_0000;
const MAX_I32 = 0x7fff_ffff;
const accesses: readonly Access[] = ["read", "write", "exec"];
/** Signals have numbers up to this one. */
const MAX_SIGNAL = 64;
/** Codes are searched for a name in this range; SI_KERNEL is the largest. */
const MIN_CODE = -6;
const MAX_CODE = 0x80;
/** A code that has no name. */
const UNNAMED_CODE = 0x7fff;

const texts = new ByteWriter();

function readBytes(cursor: JsonCursor): Uint8Array {
  texts.reset();
  cursor.string(texts);
  return texts.bytes.slice(0, texts.length);
}

const readText = (cursor: JsonCursor) => Buffer.from(readBytes(cursor)).toString("latin1");

/** Reads a number such as `"0x7f31c0de0000"`. */
function readHex(cursor: JsonCursor): bigint {
  const text = readText(cursor);
  if (!/^0x(0|[1-9a-f][0-9a-f]{0,15})$/.test(text)) throw wrongValue("has no address");
  return BigInt(text);
}

function readOneOf<Word extends string>(cursor: JsonCursor, words: readonly Word[]): Word {
  const text = readText(cursor);
  const word = words.find((one) => one === text);
  if (word === undefined) throw wrongValue("has an unknown word");
  return word;
}

const emptyFrame = (): CrashFrame => ({
  ip: 0n,
  module: new Uint8Array(0),
  offset: null,
  address: null,
  buildId: null,
  isDeleted: false,
  function: null,
  functionOffset: 0,
  how: "ip",
  file: null,
});

const frames = new ObjectReader<CrashFrame>({
  ip: (cursor, frame) => (frame.ip = readHex(cursor)),
  module: (cursor, frame) => (frame.module = readBytes(cursor)),
  offset: (cursor, frame) => (frame.offset = readHex(cursor)),
  address: (cursor, frame) => (frame.address = readHex(cursor)),
  build_id: (cursor, frame) => (frame.buildId = readBuildId(cursor)),
  deleted: (cursor, frame) => (frame.isDeleted = cursor.boolean()),
  function: (cursor, frame) => (frame.function = readBytes(cursor)),
  function_offset: (cursor, frame) => (frame.functionOffset = cursor.number(MAX_OFFSET)),
  how: (cursor, frame) => (frame.how = readOneOf(cursor, frameHows)),
  file: (cursor, frame) => (frame.file = readOneOf(cursor, fileStates)),
});

/** Members that are never null. */
const ofFrame = ["ip", "module", "deleted", "how"].map((name) => frames.indexOf(name));
const FUNCTION = frames.indexOf("function");
const FUNCTION_OFFSET = frames.indexOf("function_offset");

/** A build id is a part of the command that finds names, so it has nothing but digits. */
function readBuildId(cursor: JsonCursor): string {
  const text = readText(cursor);
  if (!/^[0-9a-f]{2,128}$/.test(text)) throw wrongValue("has no build id");
  return text;
}

const first = new ObjectReader<FirstFault & { name: string }>({
  signal: (cursor, fault) => (fault.signal = signalOf(readText(cursor))),
  code: (cursor, fault) => (fault.name = readText(cursor)),
  address: (cursor, fault) => (fault.address = readHex(cursor)),
  access: (cursor, fault) => (fault.access = readOneOf(cursor, accesses)),
  stack_overflow: (cursor, fault) => (fault.isStackOverflow = cursor.boolean()),
  frame: (cursor, fault) => (fault.frame = cursor.number(MAX_FRAMES)),
});

const STACK_OVERFLOW = first.indexOf("stack_overflow");

function readFirst(cursor: JsonCursor): FirstFault {
  const fault = { signal: 0, code: 0, address: null, access: null, isStackOverflow: false, frame: null, name: "" };
  first.read(cursor, fault);
  first.requireAll();
  if (fault.signal === 0 || !first.knows(STACK_OVERFLOW)) throw wrongValue("lacks members of the first fault");
  const { name, ...rest } = fault;
  return { ...rest, code: codeNamed(fault.signal, name) };
}

/** Returns a si_code by its name: the number is not recorded. */
function codeNamed(signal: number, name: string): number {
  if (name === "") return UNNAMED_CODE;
  for (let code = MIN_CODE; code <= MAX_CODE; code++) if (siCodeName(signal, code) === name) return code;
  throw wrongValue("has an unknown si_code");
}

function readFrames(cursor: JsonCursor): CrashFrame[] {
  const list: CrashFrame[] = [];
  cursor.expectArray();
  if (cursor.takes(CLOSE_BRACKET)) return list;
  do {
    if (list.length === MAX_FRAMES) throw wrongValue("has too many frames");
    const frame = emptyFrame();
    frames.read(cursor, frame);
    frames.requireAll();
    if (!ofFrame.every((member) => frames.knows(member)) || frames.knows(FUNCTION) !== frames.knows(FUNCTION_OFFSET))
      throw wrongValue("has a frame that lacks members");
    list.push(frame);
  } while (cursor.hasMore(CLOSE_BRACKET));
  return list;
}

/** A crash that is being read. */
interface Site extends CrashSite {
  codeName: string;
}

const sites = new ObjectReader<Site>({
  code: (cursor, site) => (site.codeName = readText(cursor)),
  si_code: (cursor, site) => (site.code = cursor.integer(MIN_I32, MAX_I32)),
  address: (cursor, site) => (site.address = readHex(cursor)),
  access: (cursor, site) => (site.access = readOneOf(cursor, accesses)),
  stack_overflow: (cursor, site) => (site.isStackOverflow = cursor.boolean()),
  tid: (cursor, site) => (site.tid = cursor.number(MAX_PID)),
  thread: (cursor, site) => (site.thread = readBytes(cursor)),
  ip: (cursor, site) => (site.ip = readHex(cursor)),
  sp: (cursor, site) => (site.sp = readHex(cursor)),
  syscall: (cursor, site) => (site.syscall = cursor.integer(MIN_I32, MAX_I32)),
  message: (cursor, site) => (site.message = readBytes(cursor)),
  first: (cursor, site) => (site.first = readFirst(cursor)),
  frames: (cursor, site) => (site.frames = readFrames(cursor)),
  frames_truncated: (cursor, site) => (site.isCut = cursor.boolean()),
  frames_missing: (cursor, site) => (site.missing = readOneOf<MissingFrames>(cursor, missingFrames)),
});
const flags = ["stack_overflow", "frames_truncated"];
const required = ["si_code", "tid", "thread", "ip", "sp", "frames", ...flags].map((name) => sites.indexOf(name));

const readCrash: Read<ExitLine> = (cursor, line) => {
  const site: Site = {
    codeName: "",
    signal: 0,
    code: 0,
    address: null,
    access: null,
    isStackOverflow: false,
    pid: 0,
    tid: 0,
    thread: new Uint8Array(0),
    ip: 0n,
    sp: 0n,
    syscall: null,
    senderPid: 0,
    nsPid: -1,
    message: null,
    first: null,
    frames: [],
    isCut: false,
    missing: null,
  };
  sites.read(cursor, site);
  sites.requireAll();
  if (!required.every((member) => sites.knows(member)) || site.frames.length === 0)
    throw wrongValue("lacks members, or has no frames");
  if (site.first && site.first.frame !== null && site.first.frame >= site.frames.length)
    throw wrongValue("lacks the frame of the first fault");
  line.crash = site;
  line.crashCodeName = site.codeName;
};

/**
 * Sets what the line says elsewhere, or not at all.
 * @param signal 0: the line does not say it. @param isRaised true if the process sent the signal to
 * itself. @throws BrokenLine
 */
export function completeCrash(line: ExitLine, signal: number, pid: number, isRaised: boolean): void {
  const crash = line.crash!;
  crash.signal = signal || signalWithCode(line.crashCodeName, crash.code);
  if ((siCodeName(crash.signal, crash.code) ?? "") !== line.crashCodeName)
    throw wrongValue("has another code than si_code");
  crash.pid = pid;
  crash.nsPid = pid;
  crash.senderPid = isRaised ? pid : 0;
}

/** Returns a signal that has a si_code of that name. */
function signalWithCode(name: string, code: number): number {
  for (let signal = 1; signal <= MAX_SIGNAL; signal++) if ((siCodeName(signal, code) ?? "") === name) return signal;
  throw wrongValue("has another code than si_code");
}

export const crashKeys: Record<string, Read<ExitLine>> = { crash: readCrash };
