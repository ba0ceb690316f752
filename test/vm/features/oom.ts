import { expect } from "bun:test";
import { oomBy, type WideEvent } from "../../support/cgroups.ts";
import { expectLogged, loggedKills } from "../../support/oom-log.ts";
import type { Outcome } from "../vm.ts";
import { type Feature, linesOf, plain, tracerOutput, commandOutput } from "./feature.ts";

interface End {
  role: string;
  pid: number;
  status: number;
}

const SIGKILL = 9;
/** The cgroup's limit. */
const LIMIT_MB = 16;
/** Sizes to allocate: more than the limit, and more than the VM has. */
const ABOVE_LIMIT_MB = 64;
const ABOVE_MEMORY_MB = 4096;

/**
 * Checks the killer of each process: the OOM killer on behalf of a cgroup, or a process for the one
 * that was killed by hand.
 */
function checkKillers(ends: End[], of: (pid: number) => WideEvent[], cgroup: string | null): void {
  for (const { role, pid, status } of ends) {
    if (status !== SIGKILL) throw new Error(`${role} (${pid}) was not killed but ended with ${status}`);
    const killers = of(pid).map(({ signal, killed_by }) => ({ role, signal, killed_by }));
    if (role === "by hand")
      expect(killers).toMatchObject([{ role, signal: "SIGKILL", killed_by: { kind: "process" } }]);
    else expect(killers).toEqual([{ role, signal: "SIGKILL", killed_by: oomBy(cgroup) }]);
  }
}

/** The places of a crowd among the ends of exceedLimit(), and of the process with threads. */
const CROWD = [1, 2, 3, 4, 5, 6];
const THREADS = 7;

/**
 * Compares the key `oom` with the kernel's log, number by number, for victims without threads that
 * asked for memory themselves: others can use or free memory until the kernel has written its log.
 */
function checkNumbers(outcome: Outcome, step: string, ends: End[]): void {
  const { of } = tracerOutput(outcome, step);
  const kills = loggedKills(outcome.part(step, "log"));
  const victims = ends.filter((_, i) => i !== THREADS).flatMap(({ pid }) => of(pid));
  const crowd = new Set(CROWD.map((i) => ends[i]?.pid));
  const compared = victims.filter(({ pid, oom }) => oom?.trigger.pid === pid && kills.some((kill) => kill.pid === pid));
  expect(compared.length).toBeGreaterThan(0);
  for (const { pid, oom } of compared)
    expectLogged(
      oom!,
      kills.find((kill) => kill.pid === pid)!,
      { isAlone: !crowd.has(pid) },
    );
}

const incidentsOf = (ends: End[], of: (pid: number) => WideEvent[]) => ends.map(({ pid }) => of(pid)[0]!.oom!.incident);

export const machineOom: Feature = {
  name: "OOM killer: the machine has no memory left",
  steps: {
    "oom machine": {
      tracers: { "": plain },
      command: `/memory-hog child ${ABOVE_MEMORY_MB} 3 || [ $? = 3 ]; dmesg >log`,
    },
  },
  check(outcome) {
    const ends = linesOf<End>(commandOutput(outcome, "oom machine"));
    expect(ends.length).toBe(1);
    const { of } = tracerOutput(outcome, "oom machine");
    checkKillers(ends, of, null);
    checkNumbers(outcome, "oom machine", ends);
    expect(of(ends[0]!.pid)[0]!.oom).toMatchObject({ cgroup: null, limit_bytes: null, usage_bytes: null });
  },
};

/** Exceeds the limit in every way, and kills one process by hand. */
const exceedLimit = (folder: string) => `
in_cgroup ${folder}/a/b /memory-hog child ${ABOVE_LIMIT_MB} 3
in_cgroup ${folder}/a/b /memory-hog crowd ${ABOVE_LIMIT_MB} 6
in_cgroup ${folder}/a/b /memory-hog threads ${ABOVE_LIMIT_MB} 10
in_cgroup ${folder}/a/b /memory-hog shared ${ABOVE_LIMIT_MB}
in_cgroup ${folder}/a/b /memory-hog keep 2 >kept & sleep 1
hand=$(cat ${folder}/a/b/cgroup.procs); kill -9 $hand; wait $!; echo "{\\"role\\":\\"by hand\\",\\"pid\\":$hand,\\"status\\":9}"
dmesg >log`;

const V2 = "/sys/fs/cgroup";
const exceedLimitOnce = (folder: string) =>
  `in_cgroup ${folder}/a/b /memory-hog child ${ABOVE_LIMIT_MB} 3 || [ $? = 3 ]`;

export const cgroupOom: Feature = {
  name: "OOM killer: a cgroup (v2) has no memory left, and its path",
  steps: {
    "oom cgroup": {
      before: `
echo +memory >${V2}/cgroup.subtree_control && mkdir -p ${V2}/oom/a/b
echo +memory >${V2}/oom/cgroup.subtree_control; echo ${LIMIT_MB}M >${V2}/oom/memory.max`,
      tracers: { "": plain },
      command: exceedLimit(`${V2}/oom`),
    },
    "oom group": {
      before: `mkdir ${V2}/oom/group; echo 1 >${V2}/oom/group/memory.oom.group`,
      tracers: { "": plain },
      command: `in_cgroup ${V2}/oom/group /memory-hog crowd ${ABOVE_LIMIT_MB} 6`,
      after: `rmdir ${V2}/oom/group`,
    },
    "oom cgroup without kallsyms": {
      before: "echo 2 >/proc/sys/kernel/kptr_restrict",
      tracers: { "": plain },
      command: exceedLimitOnce(`${V2}/oom`),
      after: `
echo 0 >/proc/sys/kernel/kptr_restrict
rmdir ${V2}/oom/a/b ${V2}/oom/a ${V2}/oom; echo -memory >${V2}/cgroup.subtree_control`,
    },
  },
  check(outcome) {
    const ends = linesOf<End>(outcome.part("oom cgroup", "truths"));
    expect(ends.map(({ role }) => role)).toEqual([...Array(8).fill("child"), ...["taker", "sharer", "by hand"]]);
    checkKillers(ends, tracerOutput(outcome, "oom cgroup").of, "/oom");
    checkNumbers(outcome, "oom cgroup", ends);
    const incidents = incidentsOf(ends.slice(0, -1), tracerOutput(outcome, "oom cgroup").of);
    // only the taker and the sharer die in one event
    expect(new Set(incidents).size).toBe(incidents.length - 1);
    expect(incidents.at(-1)).toBe(incidents.at(-2)!);
    const group = linesOf<End>(commandOutput(outcome, "oom group"));
    checkKillers(group, tracerOutput(outcome, "oom group").of, "/oom");
    expect(group.length).toBe(6);
    expect(new Set(incidentsOf(group, tracerOutput(outcome, "oom group").of)).size).toBe(1);
    const withoutKallsyms = linesOf<End>(commandOutput(outcome, "oom cgroup without kallsyms"));
    expect(withoutKallsyms.length).toBe(1);
    // without kallsyms the recorder looks for the cgroup without memory left, and the killed
    // process may already have freed its memory
    const { of } = tracerOutput(outcome, "oom cgroup without kallsyms");
    const isKnown = of(withoutKallsyms[0]!.pid)[0]?.killed_by?.cgroup !== null;
    checkKillers(withoutKallsyms, of, isKnown ? "/oom" : null);
  },
};

const V1 = "/v1";
const mountV1 = `
mkdir -p ${V1}
mount -t cgroup -o memory memory ${V1} 2>mounting
[ ! -e ${V1}/memory.use_hierarchy ] || echo 1 >${V1}/memory.use_hierarchy
mkdir -p ${V1}/oom/a/b
echo ${LIMIT_MB}M >${V1}/oom/memory.limit_in_bytes`;

/** Needs its own VM: v2 releases the controller only with the last page of its last cgroup. */
export const v1Oom: Feature = {
  name: "OOM killer: a cgroup (v1) has no memory left, and its path",
  isAlone: true,
  steps: {
    "oom v1": {
      before: mountV1,
      tracers: { "": plain },
      command: `grep -q " ${V1} cgroup " /proc/mounts || return 77\n${exceedLimit(`${V1}/oom`)}`,
    },
  },
  check(outcome) {
    if (outcome.part("oom v1", "status") === "77\n") {
      expect(outcome.part("oom v1", "mounting")).toContain("Invalid argument");
      return "no memory controller of cgroup v1 in this kernel";
    }
    const ends = linesOf<End>(outcome.part("oom v1", "truths"));
    expect(ends.length).toBe(11);
    checkKillers(ends, tracerOutput(outcome, "oom v1").of, "/oom");
    checkNumbers(outcome, "oom v1", ends);
  },
};
