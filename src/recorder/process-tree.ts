import { readdirSync, readFileSync } from "node:fs";
import type { BpfMap } from "../bpf/map.ts";
import { TraceError } from "../errors.ts";
import type { Choice } from "../filter/selection.ts";
import { NS_PER_CLOCK_TICK, TraceeFlag, TREE_PROCESS_BYTES, TreeProcessOffset } from "../record/layout.ts";
import { bootClockOffset } from "../system/clock.ts";
import { statFields } from "../system/procfs.ts";

/** Indexes of fields of /proc/PID/stat, proc(5), counted from the one after the name. */
const PARENT = 4 - 3;
const START_TIME = 22 - 3;
const TICKS_PER_SECOND = 1e9 / NS_PER_CLOCK_TICK;
/** Room for processes that start between maxTreeProcesses() and attaching. */
const SPARE_ENTRIES = 4096;
/** The first scan after attaching normally finds little, and the second nothing. */
const MAX_SCANS = 8;

/** A process in /proc. */
interface Process {
  parent: number;
  /** Clock ticks since boot. */
  start: number;
}

/** The processes and clocks of the system, as TreeFiller reads them; tests replace it. */
interface ProcessSource {
  /** Returns a process; undefined if it has exited. */
  read(pid: number): Process | undefined;
  /** Returns the pids of all processes. */
  scan(): number[];
  /** Returns the time since boot in clock ticks, by the clock of /proc/PID/stat. */
  now(): number;
  /** Returns the offset that the time namespace adds to start times in /proc, ns. */
  clockOffset(): bigint;
}

function pidsInProc(): number[] {
  return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

/** Returns a bound of the processes that run when the programs are attached. */
export function maxTreeProcesses(): number {
  return 2 * pidsInProc().length + SPARE_ENTRIES;
}

function ticksSinceBoot(): number {
  const [seconds] = readFileSync("/proc/uptime", "latin1").split(" ");
  return Math.ceil(Number(seconds) * TICKS_PER_SECOND);
}

function readProcess(pid: number): Process | undefined {
  try {
    const fields = statFields(pid);
    return { parent: Number(fields[PARENT]), start: Number(fields[START_TIME]) };
  } catch {
    return undefined;
  }
}

const procfs: ProcessSource = {
  read: readProcess,
  scan: pidsInProc,
  now: ticksSinceBoot,
  clockOffset: bootClockOffset,
};

/**
 * Fills the map `tree_processes` with the processes of --tree and those of their descendants that
 * run when the programs are attached. Nearly all of them are added before attaching, so that a
 * process whose parent exits while the programs are attached stays a descendant. From then on, the
 * program on_fork finds those in the map among the ancestors of each new process. What was forked
 * between the two is found in /proc.
 */
export class TreeFiller {
  /** The flags of processes that are in the map, by pid. */
  #known = new Map<number, { start: number; flags: number }>();

  constructor(
    readonly map: Pick<BpfMap, "update">,
    readonly tree: Choice<number>,
    readonly source: ProcessSource = procfs,
  ) {}

  /**
   * Adds the processes of --tree and their descendants; called before the programs are attached.
   * @throws TraceError if none of the processes runs any more, LibbpfError if the map is full
   */
  addRunning(): void {
    const { selected, removed } = this.tree;
    for (const pid of [...selected, ...removed]) {
      const process = this.source.read(pid);
      // without selected ones, the program selects all processes but the tracees
      const passesOn = selected.length === 0 || !removed.includes(pid);
      if (process) this.#set(pid, process, passesOn, false);
    }
    if (!this.#known.size) throw new TraceError("--tree: these processes have exited while the tracer started");
    this.#scanOnce(this.source.now());
  }

  /**
   * Adds the descendants that were forked meanwhile; called when the programs are attached. Repeats
   * the scan until it finds nothing new.
   * @throws LibbpfError if the map is full
   */
  addForked(): void {
    const now = this.source.now();
    for (let i = 0; i < MAX_SCANS && this.#scanOnce(now) > 0; i++);
  }

  /**
   * Returns the number of processes that were added to the map or got other flags, without those
   * that were forked later than `now`.
   */
  #scanOnce(now: number): number {
    const processes = new Map<number, Process>();
    for (const pid of this.source.scan()) {
      const process = this.source.read(pid);
      if (process) processes.set(pid, process);
    }
    let changes = 0;
    for (const [pid, process] of processes) {
      const isTracee = this.#passesOn(process.parent, processes);
      const known = this.#knownFlags(pid, process);
      // a process that was a tracee once remains one
      if (!isTracee || (known !== undefined && known & TraceeFlag.exit)) continue;
      this.#set(pid, process, known === undefined || (known & TraceeFlag.children) !== 0, true);
      if (process.start <= now) changes++;
    }
    return changes;
  }

  /** Returns true if the children of a process are tracees: its nearest known ancestor decides. */
  #passesOn(pid: number, processes: ReadonlyMap<number, Process>): boolean {
    // bounded, as /proc is not read at one moment
    for (let left = processes.size; left > 0; left--) {
      const process = processes.get(pid);
      // a parent that exits during the scan may be known from an earlier one
      const flags = process ? this.#knownFlags(pid, process) : this.#known.get(pid)?.flags;
      if (flags !== undefined) return (flags & TraceeFlag.children) !== 0;
      if (!process) return false;
      pid = process.parent;
    }
    return false;
  }

  #knownFlags(pid: number, { start }: Process): number | undefined {
    const known = this.#known.get(pid);
    return known?.start === start ? known.flags : undefined;
  }

  #set(pid: number, { start }: Process, passesOn: boolean, isTracee: boolean): void {
    const flags = TraceeFlag.known | (passesOn ? TraceeFlag.children : 0) | (isTracee ? TraceeFlag.exit : 0);
    const value = new DataView(new ArrayBuffer(TREE_PROCESS_BYTES));
    const startTime = BigInt(start) * BigInt(NS_PER_CLOCK_TICK) - this.source.clockOffset();
    value.setBigUint64(TreeProcessOffset.startBoottime, startTime, true);
    value.setUint32(TreeProcessOffset.flags, flags, true);
    this.map.update(Int32Array.of(pid), new Uint8Array(value.buffer));
    this.#known.set(pid, { start, flags });
  }
}
