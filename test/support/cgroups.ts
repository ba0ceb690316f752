/** Creates cgroups for tests, in the hierarchies of v1 and v2, and removes them afterwards. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { parseMountinfo } from "../../src/system/mountinfo.ts";
import { ancestorsAndSelf, asBytes, asText, childPath, removeCgroup } from "./cgroup-folders.ts";
import { type TraceResult, type ExitEvent, Tracer } from "./tracer.ts";

/** A mounted hierarchy. */
export interface Hierarchy {
  version: 1 | 2;
  /** v1 only: the names in the mount options, including `name=systemd`. */
  controllers: string[];
  mountPoint: string;
}

/**
 * The hierarchies that are mounted at their root: a mounted subtree does not show the host's paths.
 */
export const hierarchies: readonly Hierarchy[] = parseMountinfo(readFileSync("/proc/self/mountinfo", "utf8"))
  .flatMap(({ root, mountPoint, type, options }): Hierarchy[] => {
    if (root !== "/" || (type !== "cgroup" && type !== "cgroup2")) return [];
    const isV2 = type === "cgroup2";
    const controllers = isV2 ? [] : options.filter((option) => option !== "rw" && option !== "xattr");
    return [{ version: isV2 ? 2 : 1, controllers, mountPoint }];
  })
  .filter(({ mountPoint }, i, all) => all.findIndex((other) => other.mountPoint === mountPoint) === i);

export const v2 = hierarchies.find(({ version }) => version === 2);

export function v1(controller: string): Hierarchy | undefined {
  return hierarchies.find(({ controllers }) => controllers.includes(controller));
}

/**
 * Returns the mounted hierarchies among v2 and those of v1 that have one of these controllers, with
 * their names, for test.each().
 */
export function namedHierarchies(...controllers: string[]): [name: string, hierarchy: Hierarchy][] {
  const all = [["v2", v2] as const, ...controllers.map((name) => [`v1 ${name}`, v1(name)] as const)];
  return all.flatMap(([name, hierarchy]) => (hierarchy ? [[name, hierarchy]] : []));
}

/** Returns the hierarchy in which the controller can limit processes. */
export function limiterOf(controller: string): Hierarchy | undefined {
  const ofV2 = v2 ? read(`${v2.mountPoint}/cgroup.controllers`).split(" ") : [];
  return v1(controller) ?? (ofV2.includes(controller) ? v2 : undefined);
}

/** The hierarchy in which memory can be limited. */
export const memory: Hierarchy | undefined = limiterOf("memory");

/** Reads a file, trimmed. Returns "" if it does not exist. */
function read(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8").trim() : "";
}

/** A cgroup, created with its missing ancestors. Disposal removes what the constructor created. */
export class Cgroup implements Disposable {
  /** The folders that the constructor created, from the top. */
  #created: Buffer[] = [];
  #folder: Buffer;

  /** @param path relative to the hierarchy's root; bytes if it is not UTF-8 */
  constructor(
    readonly hierarchy: Hierarchy,
    readonly path: string | Buffer,
  ) {
    const { mountPoint } = hierarchy;
    this.#folder = asBytes(asText(mountPoint) + (asText(path) === "/" ? "" : asText(path)));
    for (const part of ancestorsAndSelf(asText(path))) {
      const folder = asBytes(asText(mountPoint) + part);
      if (existsSync(folder)) continue;
      try {
        mkdirSync(folder);
      } catch (error) {
        this[Symbol.dispose]();
        throw error;
      }
      this.#created.push(folder);
    }
  }

  /** Moves a process into the cgroup. */
  take(pid: number): void {
    this.set("cgroup.procs", String(pid));
  }

  /** The path of cgroup.procs, to which a shell can write its pid to enter the cgroup. */
  get processes(): string {
    return `${asText(this.#folder)}/cgroup.procs`;
  }

  /** Writes a file of the cgroup. */
  set(file: string, value: string): void {
    writeFileSync(childPath(this.#folder, file), value);
  }

  has(file: string): boolean {
    return existsSync(childPath(this.#folder, file));
  }

  [Symbol.dispose](): void {
    for (const folder of this.#created.splice(0).toReversed()) removeCgroup(folder);
  }
}

/** Returns the root cgroup of a hierarchy. */
export function rootOf(hierarchy: Hierarchy): Cgroup {
  return new Cgroup(hierarchy, "/");
}

/** Returns the root cgroups of all hierarchies. */
export function nowhere(): Cgroup[] {
  return hierarchies.map(rootOf);
}

/** Returns the given cgroup and the root of every other hierarchy. */
export function only(cgroup: Cgroup): Cgroup[] {
  return [...hierarchies.filter((other) => other !== cgroup.hierarchy).map(rootOf), cgroup];
}

let paths = 0;

/** Returns a path that no other process and no later test uses. */
export function freshPath(name = ""): string {
  return `/exitsnoop-test-${process.pid}-${++paths}${name}`;
}

/**
 * Creates cgroups that limit memory. `limits` maps each path below `base` (`""` is `base` itself)
 * to its limit in bytes, or to null for none. On v2 only cgroups without children can hold
 * processes.
 */
export function limitedCgroups<Path extends string>(
  limits: Record<Path, number | null>,
  base = freshPath(),
): Record<Path, Cgroup> & Disposable {
  if (!memory) throw new Error("no hierarchy has the memory controller");
  using undo = new DisposableStack();
  const cgroups: Record<string, Cgroup> = {};
  if (memory.version === 2) rootOf(memory).set("cgroup.subtree_control", "+memory");
  const limitedPaths = Object.keys(limits) as Path[];
  for (const path of limitedPaths.toSorted((a, b) => a.length - b.length)) {
    const cgroup = undo.use(new Cgroup(memory, base + path));
    cgroups[path] = cgroup;
    if (memory.version === 2 && limitedPaths.some((other) => other.startsWith(`${path}/`))) {
      cgroup.set("cgroup.subtree_control", "+memory");
    }
    limitMemory(cgroup, limits[path]);
  }
  const all = undo.move();
  return Object.assign(cgroups as Record<Path, Cgroup>, { [Symbol.dispose]: () => all.dispose() });
}

/** Limits memory and forbids swap, since memory in swap does not count towards the limit. */
function limitMemory(cgroup: Cgroup, bytes: number | null): void {
  if (cgroup.hierarchy.version === 2) {
    if (bytes !== null) cgroup.set("memory.max", String(bytes));
    if (cgroup.has("memory.swap.max")) cgroup.set("memory.swap.max", "0");
    return;
  }
  // before Linux 5.11, memory of child cgroups counts only with this setting
  try {
    cgroup.set("memory.use_hierarchy", "1");
  } catch {}
  if (bytes === null) return;
  cgroup.set("memory.limit_in_bytes", String(bytes));
  if (cgroup.has("memory.memsw.limit_in_bytes")) cgroup.set("memory.memsw.limit_in_bytes", String(bytes));
}

/**
 * Starts a child process of the test in these cgroups: it enters them before it executes `command`.
 */
export function startIn(cgroups: readonly Cgroup[], command: string[]) {
  const child = Bun.spawn(["sh", "-c", 'read -r go && exec "$@"', "sh", ...command], {
    cwd: tmpdir(),
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  try {
    for (const cgroup of cgroups) cgroup.take(child.pid);
    child.stdin.write("go\n");
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    void child.stdin.end();
  }
  return child;
}

/** Runs a command in these cgroups to its end. */
export async function runIn(cgroups: readonly Cgroup[], command: string[]) {
  const child = startIn(cgroups, command);
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  await child.exited;
  return { pid: child.pid, stdout, stderr, status: child.exitCode, signal: child.signalCode as string | null };
}

export interface Killer {
  kind: "process" | "kernel" | "oom";
  pid: number | null;
  comm: string | null;
  uid: number | null;
  si_code: number | null;
  /** Null unless `kind` is `oom`. */
  cgroup: string | null;
  reason: string;
}

export interface OomKill {
  cgroup: string | null;
  limit_bytes: number | null;
  usage_bytes: number | null;
  trigger: { pid: number; comm: string };
  anon_bytes: number | null;
  file_bytes: number | null;
  shmem_bytes: number | null;
  swap_bytes: number | null;
  oom_score_adj: number;
  incident: string;
}

/** The fields that `--json --wide` adds, as far as these tests use them. */
export interface WideEvent extends ExitEvent {
  killed_by: Killer | null;
  oom: OomKill | null;
  args: string[] | null;
  cgroup: string | null;
  container_id: string | null;
  pod_uid: string | null;
}

/** Returns the expected `killed_by` of a process that the OOM killer ended. */
export function oomBy(cgroup: string | null): Killer {
  return {
    kind: "oom",
    pid: null,
    comm: null,
    uid: null,
    si_code: 128,
    cgroup,
    reason: cgroup ? "oom_cgroup" : "oom_machine",
  };
}

/** Returns the keys of a killer that come without --wide. */
export function baseOf(killer: Killer | null): Killer | null {
  if (!killer) return null;
  const { kind, pid, comm, uid, si_code, cgroup, reason } = killer;
  return { kind, pid, comm, uid, si_code, cgroup, reason };
}

/**
 * Runs `body` under a tracer. `events` has all events, `of(pid)` returns those of a process. Their
 * killers are without the sender in full, which `fullEvents` has.
 */
export async function watch<T>(
  body: (tracer: Tracer) => Promise<T> | T,
  args: string[] = [],
  options: { via?: string[] } = {},
) {
  const tracer = await Tracer.start(["--json", "--wide", ...args], options);
  let ended: TraceResult;
  let value: T;
  try {
    value = await body(tracer);
  } finally {
    tracer.process.kill("SIGCONT");
    ended = await tracer.end();
  }
  const fullEvents = ended.events as WideEvent[];
  const events = fullEvents.map((event) => ({ ...event, killed_by: baseOf(event.killed_by) }));
  return { ...ended, value, events, fullEvents, of: (pid: number) => events.filter((event) => event.pid === pid) };
}

/**
 * Selects the test's own children, so that other exits of a busy machine take no room in the ring.
 */
export const ownChildren = ["--ppid", String(process.pid)];
