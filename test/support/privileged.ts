/** Who may do what: users with some capabilities, and what a process and its threads have. */
import { readdirSync, readFileSync } from "node:fs";

export const NOBODY = 65534;

/** include/uapi/linux/capability.h, as in /proc/PID/status */
export const Capability = { KILL: 5n, SYS_PTRACE: 19n, DAC_READ_SEARCH: 2n, SYSLOG: 34n, CHECKPOINT_RESTORE: 40n };

/** What runs a command as nobody, with these ambient capabilities, such as `bpf`, and no others. */
export function asNobody(...capabilities: string[]): string[] {
  const list = capabilities.map((name) => `+${name}`).join(",");
  const granted = list ? [`--inh-caps=${list}`, `--ambient-caps=${list}`] : [];
  return ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups", ...granted];
}

export interface Privileges {
  permitted: bigint;
  effective: bigint;
  inheritable: bigint;
  ambient: bigint;
  bounding: bigint;
  noNewPrivs: string;
  /** 2: a filter. */
  seccomp: string;
}

/** Of the text of a /proc/PID/status. */
export function privilegesIn(status: string): Privileges {
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

/** Of every thread of a process, by its number and name. */
export function privilegesOf(pid: number): Map<string, Privileges> {
  const threads = readdirSync(`/proc/${pid}/task`).map((tid): [string, Privileges] => {
    const status = readFileSync(`/proc/${pid}/task/${tid}/status`, "utf8");
    return [`${tid} ${/^Name:\s*(.*)$/m.exec(status)![1]}`, privilegesIn(status)];
  });
  return new Map(threads);
}
