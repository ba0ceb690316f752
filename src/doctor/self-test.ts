import { constants } from "node:os";
import { Reader } from "../bpf/reader.ts";
import { ALL_EXITS } from "../filter/selection.ts";
import { KillerKind, Offset, RecordKind } from "../record/layout.ts";
import { RecordView } from "../record/view.ts";
import { Recorder } from "../recorder/recorder.ts";
import { type RecorderSettings } from "../recorder/settings.ts";
import { v1Controller } from "../system/cgroups.ts";
import { spawnAndReap } from "../system/spawn-and-reap.ts";

/** How long to wait for the children's records; on a busy machine they come late. */
export const TIMEOUT_MS = 2000;
const RING_BYTES = 1024 * 1024;
const NS_PER_MS = 1_000_000;

/** How the child processes end, and the words for it in the report. */
export const endings = [
  { name: "exit code 7", end: { code: 7 } },
  { name: "SIGKILL", end: { signal: constants.signals.SIGKILL } },
] as const;

/** The record of a child process. */
interface RecordedExit {
  /** The wait status. */
  status: number;
  /** The time from the exit to the reading of its record, ms. */
  delay: number;
  /** True if the record names this process as the sender of the signal. */
  isKilledByDoctor: boolean;
}

export interface SelfTest {
  /** How long loading and attaching took, ms. */
  attachMs: number;
  /** The child processes, as wait4() reported them. */
  children: readonly ReturnType<typeof spawnAndReap>[];
  /** The records that came in time, by pid. */
  records: ReadonlyMap<number, RecordedExit>;
  /** True if records have the groups of fields that can be disabled. */
  hasAllGroups: boolean;
}

const settings = (btfFile: string | undefined, hasAllGroups: boolean): RecorderSettings => ({
  btfFile,
  ringSize: RING_BYTES,
  selection: ALL_EXITS,
  v1Controller: v1Controller(),
  withThreads: false,
  withKiller: hasAllGroups,
  withOom: hasAllGroups,
  withRusage: hasAllGroups,
  withExecInfo: hasAllGroups,
  storesArgs: hasAllGroups,
  withExe: hasAllGroups,
  withCgroups: hasAllGroups,
  withOrigin: hasAllGroups,
  withSenders: hasAllGroups,
  // has the pid by which a child is recognized
  withNsPids: true,
  withCrash: hasAllGroups,
  crashAllSignals: false,
  onlyTracees: false,
});

/**
 * Loads and attaches the recorder as a trace does, starts child processes that end as `endings`
 * says, and collects their records. @throws LibbpfError
 */
export function runSelfTest(btfFile: string | undefined, hasAllGroups: boolean): SelfTest {
  const start = performance.now();
  const recorder = new Recorder(settings(btfFile, hasAllGroups));
  try {
    const reader = new Reader(recorder.readerOptions);
    reader.addRing(recorder.ringFd);
    recorder.attach();
    const attachMs = Math.round(performance.now() - start);
    const children = endings.map(({ end }) => spawnAndReap(end));
    const records = collectRecords(reader, new Set(children.map(({ pid }) => pid)));
    recorder.detach();
    reader.close();
    return { attachMs, children, records, hasAllGroups };
  } finally {
    recorder.close();
  }
}

function collectRecords(reader: Reader, pids: ReadonlySet<number>): Map<number, RecordedExit> {
  const found = new Map<number, RecordedExit>();
  const record = new RecordView(reader.bytes, reader.view);
  const deadline = performance.now() + TIMEOUT_MS;
  while (found.size < pids.size && performance.now() < deadline) {
    reader.wait(Math.max(1, Math.ceil(deadline - performance.now())));
    const sinceBoot = Date.now() - reader.wallSeconds * 1000 - reader.wallNanoseconds / NS_PER_MS;
    for (let at = reader.start; at < reader.end; at = reader.next(at)) {
      if (record.moveTo(at).kind !== RecordKind.exit) continue;
      const pid = record.u32(Offset.localPid);
      if (!pids.has(pid)) continue;
      found.set(pid, {
        status: record.status,
        delay: sinceBoot - record.u64(Offset.exitTimeNs) / NS_PER_MS,
        isKilledByDoctor: record.killerKind === KillerKind.process && record.killerPid === record.ppid,
      });
    }
  }
  return found;
}
