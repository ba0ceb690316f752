import { expect } from "bun:test";
import { oomBy, type WideEvent } from "../../support/cgroups.ts";
import { type Feature, linesOf, plain, recorded, truthsOf } from "./feature.ts";

interface End {
  who: string;
  pid: number;
  status: number;
}

const SIGKILL = 9;
/** More than the limit, and than the guest has. */
const LIMIT_MB = 16;
const MUCH = 64;
const MORE_THAN_ALL = 4096;

/** Who was killed for want of memory, and for whose, and who was killed by hand in the same place. */
function check(ends: End[], of: (pid: number) => WideEvent[], cgroup: string | null): void {
  for (const { who, pid, status } of ends) {
    if (status !== SIGKILL) throw new Error(`${who} (${pid}) was not killed, but ended with ${status}`);
    const told = of(pid).map(({ signal, killed_by }) => ({ who, signal, killed_by }));
    if (who === "by hand") expect(told).toMatchObject([{ who, signal: "SIGKILL", killed_by: { kind: "process" } }]);
    else expect(told).toEqual([{ who, signal: "SIGKILL", killed_by: oomBy(cgroup) }]);
  }
}

export const machineOom: Feature = {
  name: "out of the machine's memory",
  steps: { "oom machine": { tracers: { "": plain }, command: `/hog child ${MORE_THAN_ALL} 3 || [ $? = 3 ]` } },
  check(outcome) {
    const ends = linesOf<End>(truthsOf(outcome, "oom machine"));
    expect(ends.length).toBe(1);
    check(ends, recorded(outcome, "oom machine").of, null);
  },
};

/** All that may happen below a limit; by hand, too. */
const crowd = (folder: string) => `
in_cgroup ${folder}/a/b /hog child ${MUCH} 3
in_cgroup ${folder}/a/b /hog crowd ${MUCH} 6
in_cgroup ${folder}/a/b /hog threads ${MUCH} 10
in_cgroup ${folder}/a/b /hog shared ${MUCH}
in_cgroup ${folder}/a/b /hog keep 2 >kept & sleep 1
hand=$(cat ${folder}/a/b/cgroup.procs); kill -9 $hand; wait $!; echo "{\\"who\\":\\"by hand\\",\\"pid\\":$hand,\\"status\\":9}"`;

const V2 = "/sys/fs/cgroup";
const child = (folder: string) => `in_cgroup ${folder}/a/b /hog child ${MUCH} 3 || [ $? = 3 ]`;

export const cgroupOom: Feature = {
  name: "out of a cgroup's memory, and which one's (v2)",
  steps: {
    "oom cgroup": {
      before: `
echo +memory >${V2}/cgroup.subtree_control && mkdir -p ${V2}/oom/a/b
echo +memory >${V2}/oom/cgroup.subtree_control; echo ${LIMIT_MB}M >${V2}/oom/memory.max`,
      tracers: { "": plain },
      command: crowd(`${V2}/oom`),
    },
    "oom cgroup in the dark": {
      before: "echo 2 >/proc/sys/kernel/kptr_restrict",
      tracers: { "": plain },
      command: child(`${V2}/oom`),
      after: `
echo 0 >/proc/sys/kernel/kptr_restrict
rmdir ${V2}/oom/a/b ${V2}/oom/a ${V2}/oom; echo -memory >${V2}/cgroup.subtree_control`,
    },
  },
  check(outcome) {
    const ends = linesOf<End>(outcome.part("oom cgroup", "truths"));
    expect(ends.map(({ who }) => who)).toEqual([...Array(8).fill("child"), ...["taker", "sharer", "by hand"]]);
    check(ends, recorded(outcome, "oom cgroup").of, "/oom");
    const dark = linesOf<End>(truthsOf(outcome, "oom cgroup in the dark"));
    expect(dark.length).toBe(1);
    // where no functions are shown it is guessed from what memory is left, when the victim may have given some back
    const { of } = recorded(outcome, "oom cgroup in the dark");
    const isKnown = of(dark[0]!.pid)[0]?.killed_by?.cgroup !== null;
    check(dark, of, isKnown ? "/oom" : null);
  },
};

const V1 = "/v1";
const mountV1 = `
mkdir -p ${V1}
mount -t cgroup -o memory memory ${V1} 2>mounting
[ ! -e ${V1}/memory.use_hierarchy ] || echo 1 >${V1}/memory.use_hierarchy
mkdir -p ${V1}/oom/a/b
echo ${LIMIT_MB}M >${V1}/oom/memory.limit_in_bytes`;

/** In a guest of its own: v2 lets go of the controller only when the last page of its last cgroup is gone, whenever that is. */
export const v1Oom: Feature = {
  name: "out of a cgroup's memory, and which one's (v1)",
  isAlone: true,
  steps: {
    "oom v1": {
      before: mountV1,
      tracers: { "": plain },
      command: `grep -q " ${V1} cgroup " /proc/mounts || return 77\n${crowd(`${V1}/oom`)}`,
    },
  },
  check(outcome) {
    if (outcome.part("oom v1", "status") === "77\n") {
      expect(outcome.part("oom v1", "mounting")).toContain("Invalid argument");
      return "no v1 controller of memory in this kernel";
    }
    const ends = linesOf<End>(outcome.part("oom v1", "truths"));
    expect(ends.length).toBe(11);
    check(ends, recorded(outcome, "oom v1").of, "/oom");
  },
};
