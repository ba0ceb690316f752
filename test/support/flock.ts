import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { fixture } from "./tracer.ts";

/** One process of test/fixtures/flock.c. */
export interface Member {
  pid: number;
  ppid: number;
  comm: string;
  uid: number;
  /** `x3`: exits with 3; `s9`: is killed by signal 9. */
  how: string;
  age: "old" | "young";
  place: "in" | "out";
}

/** What it said on stdout. */
export function readMembers(said: string): Member[] {
  return said
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .filter((words) => words.length === 7)
    .map(([pid, ppid, comm, uid, how, age, place]) => {
      return { pid: Number(pid), ppid: Number(ppid), comm, uid: Number(uid), how, age, place } as Member;
    });
}

export const MEMBERS = 2 * 2 * 3 * 2 * 4 * 2;

/** Where cgroups can be made: v2's mount point, or that of v1's memory controller. */
function hierarchy(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const v1 = mounts.find(([, , type, options]) => type === "cgroup" && options!.split(",").includes("memory"));
  const v2 = mounts.find(([, , type]) => type === "cgroup2");
  return v1?.[1] ?? v2?.[1];
}

/** Processes of every kind that a filter can tell apart, living until die(). */
export class Flock implements AsyncDisposable {
  members: Member[] = [];

  private constructor(
    readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">,
    /** The cgroup of those that are `in`, as /proc/PID/cgroup has it. */
    readonly cgroup: string,
    readonly folder: string,
  ) {}

  static async raise(): Promise<Flock> {
    const mountPoint = hierarchy();
    if (!mountPoint) throw new Error("no cgroup hierarchy is mounted here");
    const cgroup = `/exitsnoop test ${process.pid}`;
    const folder = `${mountPoint}${cgroup}`;
    mkdirSync(folder);
    const child = Bun.spawn([fixture("flock"), `${folder}/cgroup.procs`], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const flock = new Flock(child, cgroup, folder);
    await flock.#gather();
    return flock;
  }

  async #gather(): Promise<void> {
    let said = "";
    const decoder = new TextDecoder();
    const words = this.process.stdout[Symbol.asyncIterator]();
    while (said.split("\n").length <= MEMBERS) {
      const { value, done } = await words.next();
      if (done) throw new Error(`the flock ended early: ${said}`);
      said += decoder.decode(value);
    }
    this.members = readMembers(said);
  }

  /** Lets all of them die, and waits until wait4() has confirmed how. */
  async die(): Promise<void> {
    await this.process.stdin.end();
    const status = await this.process.exited;
    if (status !== 0) throw new Error(`somebody of the flock died otherwise than planned: ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stdin.end();
    await this.process.exited;
    if (existsSync(this.folder)) rmdirSync(this.folder);
  }
}
