/** Users with chosen capabilities, and the privileges of running processes and their threads. */
import { expect } from "bun:test";
import { chmodSync, copyFileSync, readdirSync, readFileSync } from "node:fs";
import { binary, shell, temporaryFolder } from "./tracer.ts";

/** The uid of the user `nobody`. */
export const NOBODY = 65534;

/** Bit numbers of include/uapi/linux/capability.h, as in the masks of /proc/PID/status. */
export const Capability = {
  DAC_OVERRIDE: 1n,
  KILL: 5n,
  SYS_PTRACE: 19n,
  DAC_READ_SEARCH: 2n,
  SYSLOG: 34n,
  CHECKPOINT_RESTORE: 40n,
};

/**
 * Returns a command prefix that runs a command as the user nobody with these ambient capabilities,
 * such as `bpf`, and no others.
 */
export function asNobody(...capabilities: string[]): string[] {
  const list = capabilities.map((name) => `+${name}`).join(",");
  const granted = list ? [`--inh-caps=${list}`, `--ambient-caps=${list}`] : [];
  return ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...granted];
}

/** Returns asNobody(), and makes Tracer.start() run this copy of the binary. */
export function copyAsNobody(copy: string, capabilities: string[]): string[] {
  return [...asNobody(...capabilities), ...shell(`shift; exec ${copy} "$@"`)];
}

/** Copies the binary to a temporary folder where every user can execute it. */
export function executableCopy() {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  const path = `${folder.path}/exitsnoop`;
  copyFileSync(binary, path);
  chmodSync(path, 0o755);
  return { ...folder, binary: path };
}

interface Privileges {
  permitted: bigint;
  effective: bigint;
  inheritable: bigint;
  ambient: bigint;
  bounding: bigint;
  noNewPrivs: string;
  /** 2: a filter. */
  seccomp: string;
}

/** The privileges of a tracer that attached its programs. */
export const NO_PRIVILEGES: Privileges = {
  permitted: 0n,
  effective: 0n,
  inheritable: 0n,
  ambient: 0n,
  bounding: 0n,
  noNewPrivs: "1",
  seccomp: "2",
};

/** Parses the text of /proc/PID/status. */
export function parsePrivileges(status: string): Privileges {
  const field = (name: string) => new RegExp(`^${name}:\\s*(\\S+)$`, "m").exec(status)![1]!;
  const bits = (name: string) => BigInt(`0x${field(name)}`);
  return {
    permitted: bits("CapPrm"),
    effective: bits("CapEff"),
    inheritable: bits("CapInh"),
    ambient: bits("CapAmb"),
    bounding: bits("CapBnd"),
    noNewPrivs: field("NoNewPrivs"),
    seccomp: field("Seccomp"),
  };
}

/** Returns the privileges of a process, which are those of its first thread. */
export function privilegesOf(pid: number | string): Privileges {
  return parsePrivileges(readFileSync(`/proc/${pid}/status`, "utf8"));
}

/** Expects that a process has several threads, and each of them these privileges. */
export function expectInEveryThread(pid: number, privileges: Partial<Privileges>): void {
  const threads = readdirSync(`/proc/${pid}/task`);
  expect(threads.length).toBeGreaterThan(1);
  for (const tid of threads) {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8");
    const thread = `${tid} ${/^Name:\s*(.*)$/m.exec(status)![1]}`;
    const actual = parsePrivileges(status);
    expect([thread, actual]).toEqual([thread, { ...actual, ...privileges }]);
  }
}

/** Returns the pids of the children of a process. */
export function childrenOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
}
