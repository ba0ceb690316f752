import { readFileSync } from "node:fs";
import embedded from "../../build/recorder.bpf.o" with { type: "file" };
import { BpfObject } from "../libbpf/object.ts";
import type { Source } from "../libbpf/collector.ts";
import { RECORD_BYTES, Rodata } from "./layout.ts";

/** What the recorder does without user space: it is part of the program from the moment it is loaded. */
export interface RecorderSettings {
  /** Bytes; rounded up to a power of two of pages. */
  ringSize: number;
  /** Leave out exits with code 0. */
  onlyFailed: boolean;
  /** Only these thread-group ids; empty: all. */
  pids: readonly number[];
}

const PROGRAM = "record_exit";

/** bpf/recorder.bpf.c in the kernel. */
export class Recorder {
  #object: BpfObject;

  /** Loads it; nothing is recorded before attach(). @throws LibbpfError with the kernel's errno. */
  constructor(settings: RecorderSettings) {
    const object = new BpfObject(readFileSync(embedded), "recorder");
    this.#object = object;
    object.map("ring").setMaxEntries(settings.ringSize);

    const rodata = object.map(".rodata").initialValue();
    rodata.setUint8(Rodata.onlyFailed, settings.onlyFailed ? 1 : 0);
    rodata.setUint8(Rodata.onlyWantedPids, settings.pids.length ? 1 : 0);

    const wanted = object.map("wanted_pids");
    if (settings.pids.length) wanted.setMaxEntries(settings.pids.length);
    object.load();
    for (const pid of settings.pids) wanted.update(new Int32Array([pid]), new Uint8Array([1]));
  }

  attach(): void {
    this.#object.attach(PROGRAM);
  }

  /** Every record so far stays in the ring. */
  detach(): void {
    this.#object.detach();
  }

  get source(): Source {
    return {
      ringFd: this.#object.map("ring").fd,
      lostFd: this.#object.map("lost").fd,
      programFd: this.#object.programFd(PROGRAM),
      largestRecord: RECORD_BYTES,
    };
  }

  close(): void {
    this.#object.close();
  }
}
