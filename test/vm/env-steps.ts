/** Bad places that take a machine of one's own: another kernel, its command line, its clock, its processes. What happens in them. */
import type { Step } from "./init.ts";

const tracer = "/exitsnoop --json";
/** Codes of those whose death's time is checked. */
export const moments = [21, 22, 23];

/** The wall clock is set an hour ahead, and two back. Each death is told with what date(1) says around it. */
export const clockSteps: Step = {
  tracers: { json: `${tracer} --failed`, delta: "/exitsnoop --failed --time delta --columns time,exit_code" },
  command: `
    step() { date -s "@$(($(date +%s) + $1))" >/dev/null; }
    die() { before=$(date +%s); sh -c "exit $1"; echo "$1 $before $(date +%s)"; }
    die 21; sleep 1; step 3600; sleep 1; die 22; sleep 1; step -7200; sleep 1; die 23; sleep 1; step 3600`,
};

/** The machine sleeps for some seconds, and its real-time clock wakes it. */
export const SUSPENDED = 6;
export const suspend: Step = {
  tracers: { json: `${tracer} --name sleep --name sh` },
  command: `
    up() { cut -d' ' -f1 /proc/uptime; }
    born=$(up); sleep 1000 & elder=$!
    sleep 1
    echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +${SUSPENDED} >/sys/class/rtc/rtc0/wakealarm
    before=$(date +%s)
    echo mem >/sys/power/state || exit 3
    after=$(date +%s)
    sh -c "exit 24"; echo "24 $after $(date +%s)"
    kill -KILL $elder; wait $elder
    echo "elder $elder $born $(up) $((after - before))"`,
};

/** The machine has no room for another process, when the engine's threads have long been idle; then all who filled it are killed. */
export const fullOfProcesses: Step = {
  tracers: { json: `${tracer} --signal KILL --ring-size 4M` },
  // the least that is allowed is 8 for each possible CPU; what stands here starts no process: busybox's shell has it all built in
  command: `
    limit=$(cat /proc/sys/kernel/pid_max)
    echo 2100 >/proc/sys/kernel/pid_max
    sleep 13
    (while :; do sleep 1000 & done) 2>fork-failed
    killed=0
    for process in /proc/[0-9]*; do
      name=
      read -r name <$process/comm
      if [ "$name" = sleep ]; then kill -KILL "\${process#/proc/}"; killed=$((killed + 1)); fi
    done 2>/dev/null
    echo $limit >/proc/sys/kernel/pid_max
    echo "$killed"`,
};

/** Stopped while more die than the ring holds, on a machine that could have many CPUs. */
export const stopped: Step = {
  tracers: { json: `${tracer} --name deaths --ring-size 4K` },
  command: `
    cat /sys/devices/system/cpu/possible
    kill -STOP $tracer_0; /deaths burst 2000; kill -CONT $tracer_0
    sleep 1`,
};

/** So many CPUs could be plugged in: whatever has a part for each of them is that large. */
export const CPUS = 4096;
export const possibleCpus: Step = {
  before: "percpu() { sed -n 's/^Percpu: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo; }; percpu >before",
  tracers: {
    table: "/exitsnoop --name deaths --ring-size 4M",
    wide: `${tracer} --wide --name deaths --ring-size 4M`,
  },
  command: "percpu >during; cat /sys/devices/system/cpu/possible; /deaths burst 500",
  after: "percpu >after; /exitsnoop doctor >doctor",
};

const capabilities =
  "--inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon --bounding-set=-all,+bpf,+perfmon";
const user = `/bin/setpriv-full --reuid=1000 --regid=1000 --clear-groups ${capabilities}`;

/** Who may lock 64 KB of memory: root, root without CAP_SYS_RESOURCE, and a user who has nothing but what tracing takes. */
export const lockedMemory: Step = {
  command: `
    try() { name=$1; shift; "$@" /exitsnoop --for 300ms 2>try.said >/dev/null; status=$?; echo "$name: $(tail -n 1 try.said) $status"; }
    ulimit -H -l unlimited; ulimit -S -l 64
    try "soft, user" ${user}
    ulimit -H -l 64
    try "hard, root" env
    try "hard, deprived root" /bin/setpriv-full --bounding-set=-sys_resource --inh-caps=-sys_resource
    try "hard, user" ${user}`,
};

/** Nobody may read the kernel's memory. With and without the file that says so. */
export const confidentiality: Step = {
  command: `
    try() { /exitsnoop --for 300ms "$@"; echo "status $?"; }
    mount -t securityfs securityfs /sys/kernel/security; cat /sys/kernel/security/lockdown; umount /sys/kernel/security
    for with in no yes; do
      [ $with = no ] || mount -t securityfs securityfs /sys/kernel/security
      try 2>&1; try --format ecli 2>&1; try --wide 2>&1
    done
    umount /sys/kernel/security`,
};

/** What integrity means: we are let in. */
export const integrity: Step = {
  before: "mount -t securityfs securityfs /sys/kernel/security; cat /sys/kernel/security/lockdown >lockdown",
  tracers: { json: `${tracer} --wide --name deaths` },
  command: "/deaths burst 500",
  after: "umount /sys/kernel/security",
};
