/** What a tracer holds at a moment, and what its clock says against the load's. */
import { readdirSync, readFileSync } from "node:fs";
import { cpuTime } from "../proc.ts";
import type { Marked } from "./processes.ts";

/** Memory in KiB. */
export interface Holdings {
  resident: number;
  anonymous: number;
  file: number;
  shared: number;
  fds: number;
  threads: number;
  programs: number;
  maps: number;
  /** CPU time of all threads so far, ns. */
  cpu: number;
}

export function holdingsOf(pid: number): Holdings {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? Number.NaN);
  const fds = readdirSync(`/proc/${pid}/fdinfo`);
  const infos = fds.map((fd) => {
    try {
      return readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
    } catch {
      // closed meanwhile
      return "";
    }
  });
  return {
    resident: field("VmRSS"),
    anonymous: field("RssAnon"),
    file: field("RssFile"),
    shared: field("RssShmem"),
    fds: fds.length,
    threads: field("Threads"),
    // a link tells its program's id, too
    programs: infos.filter((info) => /^prog_id:/m.test(info) && !/^link_type:/m.test(info)).length,
    maps: infos.filter((info) => /^map_id:/m.test(info)).length,
    cpu: cpuTime(pid),
  };
}

/** How much later the tracer says that they died than they were about to, and how much longer they lived; the median and the extremes, ns. */
export interface Clocks {
  count: number;
  least: number;
  median: number;
  most: number;
  /** The one that is furthest from what is possible: lived shorter than at least, or longer than at most and the median's delay. */
  age: number;
}

/**
 * Pairs what the load noted with what the tracer told, by pid and in order, from those places on; moves them behind what could be paired.
 * Of a death that was lost there is no second half.
 */
export class Pairing {
  #load = 0;
  #told = 0;

  take(load: readonly Marked[], told: readonly Marked[]): Clocks {
    const delays: number[] = [];
    let age = 0;
    for (; this.#told < told.length; this.#told++) {
      const tale = told[this.#told]!;
      let at = this.#load;
      while (at < load.length && load[at]!.pid !== tale.pid) at++;
      const truth = load[at];
      // it was told before the load could say so: next time
      if (!truth) break;
      this.#load = at + 1;
      const delay = Number(tale.time - truth.time);
      delays.push(delay);
      const early = Number(truth.least - tale.least);
      const late = Number(tale.least - truth.most) - delay;
      age = Math.max(age, early, late);
    }
    delays.sort((a, b) => a - b);
    const median = delays[delays.length >> 1] ?? Number.NaN;
    return { count: delays.length, least: delays[0] ?? Number.NaN, median, most: delays.at(-1) ?? Number.NaN, age };
  }
}
