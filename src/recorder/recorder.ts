import { readFileSync } from "node:fs";
import noBtfObject from "../../build/recorder-no-btf.bpf.o" with { type: "file" };
import tpBtfObject from "../../build/recorder.bpf.o" with { type: "file" };
import type { BpfMap } from "../bpf/map.ts";
import { hasKernelBtf, MinCoreBtf } from "../bpf/min-core-btf.ts";
import { BpfObject } from "../bpf/object.ts";
import type { ReaderOptions } from "../bpf/reader.ts";
import { Bss, HOST_PID_NS, RECORD_BYTES } from "../record/layout.ts";
import { bootTime } from "../system/clock.ts";
import { kernelFunctionAddresses } from "../system/kernel-addresses.ts";
import { abortMessages } from "./abort-messages.ts";
import { type Configuration, configure, limitationsOf } from "./configuration.ts";
import { seedExecInfos } from "./existing-processes.ts";
import { writeGlobals } from "./globals.ts";
import { filterEntries, mapSizes } from "./maps.ts";
import { TreeFiller } from "./process-tree.ts";
import { hookPrograms, startupPrograms } from "./programs.ts";
import type { RecorderSettings } from "./settings.ts";
import { readTraceePids } from "./tracees.ts";

/**
 * The programs of bpf/recorder.bpf.c. The constructor opens, configures and loads them, attach()
 * starts recording, detach() ends it.
 */
export class Recorder {
  #object: BpfObject;
  #configuration: Configuration;
  #bss: DataView;
  #sentCgroupPaths: BpfMap;
  /** The programs that were attached when they were loaded. */
  #attached = new Set<string>();
  #isSealed = false;
  /** Clauses about requested data that this kernel cannot give; each follows "On this kernel". */
  readonly limitations: readonly string[];

  /** @throws LibbpfError, BtfFileError, RangeError if the name filter is too large */
  constructor(settings: RecorderSettings) {
    const kernelBtf = new MinCoreBtf();
    const object = new BpfObject(readFileSync(hasKernelBtf() ? tpBtfObject : noBtfObject), "recorder", kernelBtf);
    const taskStructBtfId = kernelBtf.writeTypesFor(object.handle, "task_struct", settings.btfFile);
    const configuration = kernelBtf.query((btf) => configure(settings, btf));
    this.#object = object;
    this.#configuration = configuration;
    this.limitations = limitationsOf(configuration);

    writeGlobals(object.map(".rodata").initialValue(), configuration, taskStructBtfId);
    const programs = { ...hookPrograms(configuration), ...startupPrograms(configuration) };
    for (const [program, isNeeded] of Object.entries(programs)) object.setAutoload(program, isNeeded);
    for (const [map, size] of Object.entries(mapSizes(configuration))) if (size) object.map(map).setMaxEntries(size);

    object.prepare();
    for (const [map, key, value] of filterEntries(configuration)) object.map(map).update(key, value);
    const first = configuration.recordsFirst ? "record_exit" : undefined;
    const context = configuration.runsSyscallPrograms ? "init_tracer_context" : undefined;
    if (object.loadRecorder(first, context)) this.#attached.add("record_exit");
    kernelBtf.close();
    // only now, since record_exit may be attached already, and on_crash is not
    if (configuration.withCrash) {
      for (const [key, value] of abortMessages()) object.map("abort_messages").update(key, value);
    }
    this.#bss = object.map(".bss").initialValue();
    this.#sentCgroupPaths = object.map("sent_cgroup_paths");
    for (const program of needed(startupPrograms(configuration))) object.run(program);
    if (configuration.withKiller && !configuration.runsSyscallPrograms) this.#setOomFunctions();
  }

  /** Replaces the program init_tracer_context on kernels that cannot run it. */
  #setOomFunctions(): void {
    const [outOfMemory, memCgroupOutOfMemory] = kernelFunctionAddresses(["out_of_memory", "mem_cgroup_out_of_memory"]);
    this.#bss.setBigUint64(Bss.outOfMemoryAddr, outOfMemory!, true);
    this.#bss.setBigUint64(Bss.memCgroupOutOfMemoryAddr, memCgroupOutOfMemory!, true);
  }

  /**
   * Attaches the programs, between two scans for the descendants of the processes of --tree, and
   * then stores the arguments of running processes. @throws LibbpfError
   */
  attach(): void {
    const { withStoredArgs, onlyTracees, hasTree, selection, tracerPidNs, hasMmAtExit } = this.#configuration;
    const tree = hasTree ? new TreeFiller(this.#object.map("tree_processes"), selection.tree) : undefined;
    tree?.addRunning();
    for (const program of needed(hookPrograms(this.#configuration))) {
      if (!this.#attached.has(program)) this.#object.attach(program);
    }
    tree?.addForked();
    this.#bss.setUint8(Bss.isTreeFilled, 1);
    this.#bss.setBigUint64(Bss.forkersKnownSince, bootTime(), true);
    // In a PID namespace, /proc and the BPF program number processes differently. All tracees of a
    // COMMAND start later.
    if (withStoredArgs && (!onlyTracees || hasTree) && tracerPidNs === HOST_PID_NS) {
      seedExecInfos(this.#object.map("exec_infos"), hasMmAtExit);
    }
  }

  /**
   * Makes the program's variables read-only, as BpfObject.seal() does; called before privileges are
   * dropped. A second call does nothing.
   */
  seal(): void {
    if (!this.#isSealed) this.#object.seal();
    this.#isSealed = true;
  }

  /**
   * Detaches the programs. The records so far stay in the ring. A fallback is detached before the
   * program that it replaces, because what it records without that one would hide as many skipped
   * exits; and record_exit before those that collect what it records.
   */
  detach(): void {
    this.#object.detach(needed(hookPrograms(this.#configuration)).reverse());
  }

  /**
   * Makes the next child that this process forks the first tracee; called after attach(). Seals the
   * variables, since this is the last write to them.
   */
  traceNextChildOf(launcherPid: number): void {
    this.#bss.setInt32(Bss.launcherPid, launcherPid, true);
    this.seal();
  }

  /** The number of tracees that have not exited. */
  get liveTracees(): number {
    return Number(this.#bss.getBigInt64(Bss.liveTracees, true));
  }

  /**
   * Returns the pids of at most `max` tracees that have not exited, in ascending order, by the
   * tracer's PID namespace. @throws LibbpfError
   */
  liveTraceePids(max: number): number[] {
    return readTraceePids(this.#object.map("tracees"), Math.min(max, this.liveTracees));
  }

  /**
   * The number of descendants that are not traced, because their pids are above the kernel.pid_max
   * of the time when the programs were loaded.
   */
  get untrackedTracees(): number {
    return Number(this.#bss.getBigUint64(Bss.untrackedTracees, true));
  }

  /** The number of crashes whose records the ring had no room for. */
  get droppedCrashes(): number {
    return Number(this.#bss.getBigUint64(Bss.droppedCrashes, true));
  }

  /** Makes the BPF program send a cgroup's path again with the next record that refers to it. */
  requestCgroupPath(id: number | bigint): void {
    this.#sentCgroupPaths.delete(new BigUint64Array([BigInt(id)]));
  }

  /** The options of a Reader of these records. */
  get readerOptions(): ReaderOptions {
    return {
      maxRecordBytes: RECORD_BYTES,
      dropsFd: this.#object.map("dropped_exits").fd,
      programFd: this.#object.programFd("record_exit"),
      fallbackHitsFd: this.#object.map("fallback_hits").fd,
    };
  }

  /** The size of the ring buffer in bytes, after libbpf has rounded it up. */
  get ringBytes(): number {
    return this.#object.map("ring").maxEntries;
  }

  get ringFd(): number {
    return this.#object.map("ring").fd;
  }

  close(): void {
    this.#object.close();
  }
}

function needed(programs: Record<string, boolean>): string[] {
  return Object.keys(programs).filter((name) => programs[name]);
}
