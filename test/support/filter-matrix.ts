import { existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { fixture } from "./tracer.ts";

/** One process of test/fixtures/filter-matrix.c. */
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

/** Reads the fixture's output. */
export function readMembers(stdout: string): Member[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => line.split(" "))
    .filter((words) => words.length === 7)
    .map(([pid, ppid, comm, uid, how, age, place]) => {
      return { pid: Number(pid), ppid: Number(ppid), comm, uid: Number(uid), how, age, place } as Member;
    });
}

/** 2 parents * 2 ages * 3 comms * 2 users * 4 endings * 2 places */
export const MEMBERS = 2 * 2 * 3 * 2 * 4 * 2;

/** The mount point of v1's memory controller, or of v2. */
function cgroupMountPoint(): string | undefined {
  const mounts = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" "));
  const v1 = mounts.find(([, , type, options]) => type === "cgroup" && options!.split(",").includes("memory"));
  const v2 = mounts.find(([, , type]) => type === "cgroup2");
  return v1?.[1] ?? v2?.[1];
}

/** Processes of every kind that filters distinguish, which live until exitAll(). */
export class FilterMatrix implements AsyncDisposable {
  members: Member[] = [];

  private constructor(
    readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">,
    /** The cgroup of the members that are `in`, as in /proc/PID/cgroup. */
    readonly cgroup: string,
    readonly folder: string,
  ) {}

  /** Starts the processes; the young ones this much later than the old ones. */
  static async start(olderMs: number): Promise<FilterMatrix> {
    const mountPoint = cgroupMountPoint();
    if (!mountPoint) throw new Error("no cgroup hierarchy is mounted here");
    const cgroup = `/exitsnoop test ${process.pid}`;
    const folder = `${mountPoint}${cgroup}`;
    mkdirSync(folder);
    const child = Bun.spawn([fixture("filter-matrix"), `${folder}/cgroup.procs`, String(olderMs)], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    const matrix = new FilterMatrix(child, cgroup, folder);
    await matrix.#readMembers();
    return matrix;
  }

  async #readMembers(): Promise<void> {
    let output = "";
    const decoder = new TextDecoder();
    const chunks = this.process.stdout[Symbol.asyncIterator]();
    while (output.split("\n").length <= MEMBERS) {
      const { value, done } = await chunks.next();
      if (done) throw new Error(`filter-matrix ended early: ${output}`);
      output += decoder.decode(value);
    }
    this.members = readMembers(output);
  }

  /** Lets all members end, and waits until wait4(2) has confirmed their wait statuses. */
  async exitAll(): Promise<void> {
    await this.process.stdin.end();
    const status = await this.process.exited;
    if (status !== 0) throw new Error(`a process of filter-matrix ended otherwise than planned: ${status}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stdin.end();
    await this.process.exited;
    if (existsSync(this.folder)) rmdirSync(this.folder);
  }
}
