/** The resources that the tracer holds, and its timestamps compared with those of the workload. */
import { readdirSync, readFileSync } from "node:fs";
import { cpuTime, numberIn } from "../proc.ts";
import type { TimedExit } from "./processes.ts";

/** Memory in KiB. */
export interface Resources {
  resident: number;
  anonymous: number;
  file: number;
  fds: number;
  threads: number;
  programs: number;
  maps: number;
  /** CPU time of all threads so far, ns. */
  cpu: number;
}

export function resourcesOf(pid: number): Resources {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const fds = readdirSync(`/proc/${pid}/fdinfo`);
  const infos = fds.map((fd) => {
    try {
      return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
    } catch {
      // closed since readdir()
      return "";
    }
  });
  return {
    resident: numberIn(status, "VmRSS"),
    anonymous: numberIn(status, "RssAnon"),
    file: numberIn(status, "RssFile"),
    fds: fds.length,
    threads: numberIn(status, "Threads"),
    // the file of a link has its program's id as well
    programs: infos.filter((info) => /^prog_id:/m.test(info) && !/^link_type:/m.test(info)).length,
    maps: infos.filter((info) => /^map_id:/m.test(info)).length,
    cpu: cpuTime(pid),
  };
}

/** How much later the tracer's times are than the workload's, ns. */
export interface ClockOffsets {
  count: number;
  min: number;
  median: number;
  max: number;
  /** The largest error of an age: below the minimum, or above the maximum plus the offset. */
  ageError: number;
}

/** Pairs the timed exits of the workload with those of the tracer, by pid and in order. */
export class Pairing {
  #load = 0;
  #traced = 0;

  /** Pairs the exits since the last call. Skips exits that the tracer lost. */
  take(load: readonly TimedExit[], traced: readonly TimedExit[]): ClockOffsets {
    const offsets: number[] = [];
    let ageError = 0;
    for (; this.#traced < traced.length; this.#traced++) {
      const reported = traced[this.#traced]!;
      let at = this.#load;
      while (at < load.length && load[at]!.pid !== reported.pid) at++;
      const expected = load[at];
      // the line of the workload is still on its way: pair both at the next call
      if (!expected) break;
      this.#load = at + 1;
      const offset = Number(reported.time - expected.time);
      offsets.push(offset);
      const tooShort = Number(expected.minAge - reported.minAge);
      const tooLong = Number(reported.minAge - expected.maxAge) - offset;
      ageError = Math.max(ageError, tooShort, tooLong);
    }
    offsets.sort((a, b) => a - b);
    const [min, median, max] = [offsets[0], offsets[offsets.length >> 1], offsets.at(-1)];
    const [nan, count] = [Number.NaN, offsets.length];
    return { count, min: min ?? nan, median: median ?? nan, max: max ?? nan, ageError };
  }
}
