import { closeSync } from "node:fs";
import { type CrashFrame, type CrashSite, type CrashSites, fileStates, frameHows } from "../exit/crash-site.ts";
import { unwindCrash, type Unwound, type UnwoundFrame } from "../native/unwind.ts";
import {
  CrashContextOffset,
  CrashEndOffset,
  CrashMappingOffset,
  CrashModuleFlag,
  CrashOffset,
  MAX_CRASH_MODULES,
} from "../record/layout.ts";
import { Budget } from "../system/budget.ts";
import { bytesOf } from "../text/byte-writer.ts";
import { boundNames } from "./bound-names.ts";
import { accessOf, addressOf, type Fault, isFault, isStackOverflow } from "./fault.ts";
import { flagsOf } from "./flags.ts";
import { missingOf } from "./missing.ts";
import { type CrashModule, modulesOf } from "./module.ts";
import { Mounts } from "./mounts.ts";
import { FunctionNames } from "./names.ts";
import { CrashCollector, type CrashRecords } from "./records.ts";
import { regionOf } from "./regions.ts";

/** DWARF's numbers of the stack and instruction pointers. */
const [SP, IP] = process.arch === "x64" ? [7, 16] : [31, 32];
const THREAD_BYTES = 16;
/** The time for unwinding and names, ms: a process can make it long, and crash again and again. */
const BURST_MS = 1000;
const MS_EACH_SECOND = 500;
const NO_MOUNTS = new Uint32Array(0);
const SIGSYS = 31;
/** A path that is too long to be recorded. */
const UNKNOWN_FILE = bytesOf("[unknown file]");

/** Collects the records of crashes, and makes crash sites of them when their exits come. */
export class RecordedCrashSites implements CrashSites {
  readonly #collector = new CrashCollector();
  readonly #mounts = new Mounts();
  readonly #names = new FunctionNames();
  readonly #budget = new Budget(BURST_MS, MS_EACH_SECOND);

  get isEmpty(): boolean {
    return this.#collector.isEmpty;
  }

  get dropped(): number {
    return this.#collector.dropped;
  }

  /** Adds a record of a batch. */
  add(kind: number, bytes: Uint8Array, at: number, size: number): void {
    this.#collector.add(kind, bytes, at, size);
  }

  take(pid: number, tid: number, startHigh: number, startLow: number, signal: number): CrashSite | null {
    if (this.#collector.isEmpty) return null;
    const records = this.#collector.take(pid, tid, startHigh, startLow, signal);
    if (!records) return null;
    const start = performance.now();
    const site = this.#resolve(records, !this.#budget.isOpen(start));
    this.#collector.release(records);
    this.#budget.spend(performance.now() - start);
    return site;
  }

  drop(pid: number, tid: number, startHigh: number, startLow: number): void {
    this.#collector.drop(pid, tid, startHigh, startLow);
  }

  /** @param isBusy true: opens no file, and returns the innermost frame only. */
  #resolve(records: CrashRecords, isBusy: boolean): CrashSite | null {
    const modules = modulesOf(records, MAX_CRASH_MODULES);
    if (!isBusy) this.#mounts.refresh();
    const candidates = (module: CrashModule) => (isBusy ? [] : this.#mounts.candidates(module));
    const paths = modules.map((module) => [...candidates(module), ""].join("\0")).join("\0");
    const input = records.bytes.subarray(0, records.length);
    const unwound = unwindCrash(
      input,
      Buffer.from(`${paths}\0`, "latin1"),
      isBusy ? NO_MOUNTS : this.#mounts.list,
      modules.length,
      MAX_CRASH_MODULES,
    );
    if (!unwound) return null;
    if (isBusy) unwound.frames.length = 1;
    try {
      const site = siteOf(records, unwound, (frame, i) => this.#frame(records, unwound, modules, frame, i));
      return isBusy
        ? { ...site, frames: site.frames.map((frame) => ({ ...frame, file: null })), isCut: false, missing: "busy" }
        : site;
    } finally {
      for (const { fd } of unwound.modules) if (fd >= 0) closeSync(fd);
    }
  }

  #frame(
    records: CrashRecords,
    unwound: Unwound,
    modules: readonly CrashModule[],
    frame: UnwoundFrame,
    i: number,
  ): CrashFrame {
    const { ip } = frame;
    const how = frameHows[frame.how]!;
    const module = frame.module === undefined ? undefined : modules[frame.module];
    const none = { address: null, buildId: null, isDeleted: false, function: null, functionOffset: 0, file: null };
    if (!module) return { ip, how, module: bytesOf(regionOf(records, ip)), offset: null, ...none };
    if (!(module.flags & CrashModuleFlag.hasFile)) {
      const name = module.flags & CrashModuleFlag.isVdso ? "[vdso]" : regionOf(records, ip, "[anon]");
      return { ip, how, module: bytesOf(name), offset: ip - module.start, ...none };
    }
    const offset = ip - module.start + module.offset;
    const { fd, state, buildId: fileBuildId } = this.#fileOf(unwound, modules, frame.module!);
    // the recorder has no build id if its page is not in memory; the file still has it
    const buildId = module.buildId || fileBuildId;
    // A return address follows a call, which may be the last instruction of its function. The place
    // to which a signal handler returns follows none: the function before it is another one.
    const isHandlerReturn = frameHows[unwound.frames[i + 1]?.how ?? 0] === "signal";
    const isReturn = i > 0 && how !== "signal" && !isHandlerReturn;
    const found = fd < 0 ? undefined : this.#names.find(fd, buildId, Number(offset) - (isReturn ? 1 : 0));
    return {
      ip,
      how,
      module: module.path.length ? module.path : UNKNOWN_FILE,
      offset,
      address: frame.address ?? (module.bias === undefined ? null : BigInt.asUintN(64, offset + module.bias)),
      buildId: buildId || null,
      isDeleted: (module.flags & CrashModuleFlag.deleted) !== 0,
      function: found?.name ?? null,
      functionOffset: found ? found.offset + (isReturn ? 1 : 0) : 0,
      file: fileStates[state - 1] ?? null,
    };
  }

  /** Returns the state and descriptor of a module's file, which another mapping may have opened. */
  #fileOf({ modules: files }: Unwound, modules: readonly CrashModule[], index: number): Unwound["modules"][number] {
    const file = files[index]!;
    if (file.fd >= 0) return file;
    const { device, inode, buildId } = modules[index]!;
    // subvolumes of btrfs have one device, and the same inodes
    const isSame = (m: CrashModule) => m.device === device && m.inode === inode && m.buildId === buildId;
    const same = modules.findIndex((module, i) => isSame(module) && files[i]!.fd >= 0);
    return same < 0 ? file : files[same]!;
  }
}

/** Reads the crash_record. @param frameOf converts a frame. */
function siteOf(
  records: CrashRecords,
  unwound: Unwound,
  frameOf: (frame: UnwoundFrame, index: number) => CrashFrame,
): CrashSite {
  const { bytes, view, record, end, endBytes } = records;
  const i32 = (offset: number) => view.getInt32(record + offset, true);
  const u64 = (offset: number) => view.getBigUint64(record + offset, true);
  const signal = view.getUint16(record + CrashOffset.signal, true);
  const stackAt = (mapping: number) => ({
    stackStart: u64(mapping + CrashMappingOffset.start),
    stackFlags: u64(mapping + CrashMappingOffset.flags),
  });
  const stack = stackAt(CrashOffset.context + CrashContextOffset.stack);
  const register = (number: number) => u64(CrashOffset.context + CrashContextOffset.registers + 8 * number);
  const fault: Fault = {
    signal,
    code: i32(CrashOffset.code),
    address: u64(CrashOffset.address),
    errorCode: u64(CrashOffset.context + CrashContextOffset.errorCode),
    trap: u64(CrashOffset.context + CrashContextOffset.trap),
    faultAddress: u64(CrashOffset.context + CrashContextOffset.faultAddress),
    sp: register(SP),
    ...stack,
  };
  const { first } = unwound;
  // the first fault may be that of a handler on the alternate stack, which is the context's stack
  const wasInterrupted = first.sp === u64(CrashOffset.interruptedSp);
  const firstFault: Fault = {
    ...first,
    ...(wasInterrupted ? stackAt(CrashOffset.interruptedStack) : stack),
  };
  const textAt = (at: number, length: number) => {
    const all = bytes.slice(at, at + Math.max(0, length));
    const last = all.indexOf(0);
    return last < 0 ? all : all.subarray(0, last);
  };
  const messageBytes = end
    ? Math.min(view.getUint32(end + CrashEndOffset.messageBytes, true), endBytes - CrashEndOffset.message)
    : 0;
  const { flags, hasEnd } = flagsOf(records);
  const frames = boundNames(unwound.frames.map(frameOf));
  return {
    signal,
    code: fault.code,
    address: addressOf(fault),
    access: accessOf(fault),
    isStackOverflow: isStackOverflow(fault),
    pid: i32(CrashOffset.pid),
    tid: i32(CrashOffset.tid),
    thread: textAt(record + CrashOffset.thread, THREAD_BYTES),
    ip: register(IP),
    sp: fault.sp,
    syscall: signal === SIGSYS && fault.code > 0 ? i32(CrashOffset.syscall) : null,
    senderPid: i32(CrashOffset.senderPid),
    nsPid: i32(CrashOffset.nsPid),
    message: messageBytes > 0 ? textAt(end + CrashEndOffset.message, messageBytes) : null,
    // if the first signal was sent, the registers in its frame are those of an older fault
    first: isFault(firstFault)
      ? {
          signal: first.signal,
          code: first.code,
          address: addressOf(firstFault),
          access: accessOf(firstFault),
          isStackOverflow: isStackOverflow(firstFault),
          frame: unwound.signalFrame < frames.length ? unwound.signalFrame || null : null,
        }
      : null,
    frames,
    isCut: unwound.end === "cut",
    missing: missingOf(unwound, flags, hasEnd, frames),
  };
}
