import type { Reader } from "../bpf/reader.ts";
import type { Write } from "../output/sink.ts";
import {
  COMM_LEN,
  ExitFlag,
  IDENTITY_BYTES,
  IdentityOffset,
  KillerKind,
  KillerReason,
  Offset,
  OriginOffset,
  RecordKind,
} from "../record/layout.ts";
import { TraceLoop } from "./loop.ts";
import type { TraceModules } from "./modules.ts";
import { writeTo } from "./output.ts";
import type { TracePlan } from "./plan.ts";

/**
 * After this number of batches the engine has compiled the code that prints a batch. They take 40
 * to 200 ms.
 */
const BATCHES = 2400;
/**
 * The exits of a batch. With three, the last of the engine's compilers starts on the code that
 * prints an exit only when some thousand real ones have come, and takes 20 to 100 ms then.
 */
const EXITS = 8;
/** The number of batches that are printed again before other records replace them. */
const REPEATS = 8;
/** A slow machine rehearses less, ms. Nothing is printed meanwhile, which is seen on a terminal. */
const MAX_MS = 500;
const MAX_TERMINAL_MS = 150;

const encoder = new TextEncoder();
const ARGS = encoder.encode("/usr/bin/rehearsal\0--made-up\0");
/** The names of the path from the leaf up, as the BPF program sends them. */
const EXE = encoder.encode("rehearsal\0bin\0usr\0");
const NAME = encoder.encode("rehearsal");
/** The names of the path from the leaf up. */
const CWD = encoder.encode("rehearsal\0srv\0");
const ANCESTORS = 4;
/** The place of the origin: the next multiple of 8 after the text. */
const ORIGIN = (Offset.text + ARGS.length + EXE.length + 7) & ~7;
const ORIGIN_BYTES = OriginOffset.ancestors + ANCESTORS * IDENTITY_BYTES + CWD.length;
const SIGKILL = 9;
/** Wait statuses: succeeded, failed, killed. */
const STATUSES = [0, 1 << 8, SIGKILL];
/** Some hours after the boot, ns / 2^32. */
const EXIT_TIME_HIGH = 5000;

/**
 * Prints made-up exits to nowhere, so that the engine has compiled the loop when the first exit
 * comes: interpreted, a wake-up costs three times as much, and each function that is compiled later
 * costs as much as several wake-ups. So this calls all that run() calls. The records replace the
 * reader's batch, and the counters are those of a loop that is thrown away.
 * @param ringBytes the size of the ring.
 * @param fd the output whose size the lines fit, if it is a terminal.
 * @param write takes the lines; only tests look at them.
 */
export function rehearse(
  plan: TracePlan,
  modules: TraceModules,
  reader: Reader,
  ringBytes: number,
  fd: number,
  write: Write = writeNowhere,
): void {
  const nowhere = { fd, name: "", isFile: false, write };
  const recorder = { requestCgroupPath: () => {}, untrackedTracees: 0, droppedCrashes: 0, ringBytes };
  // made-up exits are alike, so that a limit would print few of them
  const endless = { ...plan, count: Number.POSITIVE_INFINITY, limit: undefined };
  const loop = new TraceLoop(endless, modules, [nowhere], reader, recorder, undefined);
  const withOrigin = plan.groups.includes("origin");
  const size = ORIGIN + (withOrigin ? ORIGIN_BYTES : 0);
  const end = performance.now() + (plan.isFirstAtOnce ? MAX_TERMINAL_MS : MAX_MS);
  reader.rehearse(true);
  for (let batch = 0; batch < BATCHES && performance.now() < end && !loop.isOver(); batch++) {
    // real exits are waiting, and the ring must not overflow
    if (reader.pending > ringBytes / 4) break;
    if (batch % REPEATS === 0) {
      reader.fill(EXITS, size, (at, i) => {
        writeRecord(reader, at, batch + i);
        if (withOrigin) writeOrigin(reader, at, batch);
      });
    }
    reader.wait(loop.maxSleep());
    loop.printBatch();
  }
  reader.rehearse(false);
}

const writeToNothing = writeTo(-1);

/** Fails to write as a real output is written to, so that this is compiled as well. */
function writeNowhere(bytes: Uint8Array, length: number): number {
  writeToNothing(bytes, length);
  return length;
}

/** Writes an exit_record; those of different `n` differ in status, times and pids. */
function writeRecord({ bytes, view }: Reader, at: number, n: number): void {
  const u32 = (offset: number, value: number) => view.setUint32(at + offset, value, true);
  const u16 = (offset: number, value: number) => view.setUint16(at + offset, value, true);
  bytes.fill(0, at, at + Offset.text);
  u16(Offset.kind, RecordKind.exit);
  u16(Offset.flags, ExitFlag.ofProcess | ExitFlag.argsKnown | ExitFlag.exeKnown);
  u32(Offset.status, STATUSES[n % STATUSES.length]!);
  u32(Offset.exitTimeNs, n * 7_654_321);
  u32(Offset.exitTimeNs + 4, EXIT_TIME_HIGH);
  u32(Offset.durationNs, n * 2_345_678);
  for (const id of [Offset.pid, Offset.tid, Offset.ppid, Offset.killerPid]) u32(id, 1000 + n);
  for (const name of [Offset.comm, Offset.parentComm, Offset.killerComm])
    bytes.set(NAME.subarray(0, COMM_LEN - 1), at + name);
  u16(Offset.killerKind, KillerKind.process);
  u16(Offset.killerReason, KillerReason.signal);
  u16(Offset.argsBytes, ARGS.length);
  u16(Offset.exeBytes, EXE.length);
  bytes.set(ARGS, at + Offset.text);
  bytes.set(EXE, at + Offset.text + ARGS.length);
}

/** Writes the origin of a record; that of another `n` has other ancestors. */
function writeOrigin({ bytes, view }: Reader, record: number, n: number): void {
  const at = record + ORIGIN;
  const u32 = (offset: number, value: number) => view.setUint32(at + offset, value, true);
  const u16 = (offset: number, value: number) => view.setUint16(at + offset, value, true);
  view.setUint16(record + Offset.originBytes, ORIGIN_BYTES, true);
  view.setUint16(record + Offset.flags, view.getUint16(record + Offset.flags, true) | ExitFlag.cwdKnown, true);
  bytes.fill(0, at, at + ORIGIN_BYTES);
  for (const id of [OriginOffset.loginUid, OriginOffset.sessionId, OriginOffset.sid, OriginOffset.pgid])
    u32(id, 1000 + n);
  u16(OriginOffset.ancestorCount, ANCESTORS);
  u16(OriginOffset.cwdBytes, CWD.length);
  const identities = Array.from({ length: ANCESTORS }, (_, i) => OriginOffset.ancestors + i * IDENTITY_BYTES);
  for (const identity of [OriginOffset.startedBy, ...identities]) {
    u32(identity + IdentityOffset.startTimeNs, n);
    u32(identity + IdentityOffset.pid, 1000 + n);
    bytes.set(NAME, at + identity + IdentityOffset.comm);
  }
  bytes.set(CWD, at + OriginOffset.ancestors + ANCESTORS * IDENTITY_BYTES);
}
