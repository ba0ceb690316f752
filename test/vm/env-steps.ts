/** Steps in unusual environments: kernel command line, clock, number of CPUs or processes. */
import type { Step } from "./init.ts";

const tracer = "/exitsnoop --json";
/** Exit codes of the processes whose times are checked. */
export const exitCodes = [21, 22, 23];

/** Sets the clock ahead and back. Prints date(1)'s output before and after each exit. */
export const clockSteps: Step = {
  tracers: { json: `${tracer} --failed`, delta: "/exitsnoop --failed --time delta --columns time,exit_code" },
  command: `
    step() { date -s "@$(($(date +%s) + $1))" >/dev/null; }
    run_exit() { before=$(date +%s); sh -c "exit $1"; echo "$1 $before $(date +%s)"; }
    run_exit 21; sleep 1; step 3600; sleep 1; run_exit 22; sleep 1; step -7200; sleep 1; run_exit 23; sleep 1; step 3600`,
};

/** Suspends the machine to memory; its real-time clock wakes it after this many seconds. */
export const SUSPENDED = 6;
export const suspend: Step = {
  tracers: { json: `${tracer} --name sleep --name sh` },
  command: `
    up() { cut -d' ' -f1 /proc/uptime; }
    start=$(up); sleep 1000 & old=$!
    sleep 1
    echo 0 >/sys/class/rtc/rtc0/wakealarm; echo +${SUSPENDED} >/sys/class/rtc/rtc0/wakealarm
    before=$(date +%s)
    echo mem >/sys/power/state || exit 3
    after=$(date +%s)
    sh -c "exit 24"; echo "24 $after $(date +%s)"
    kill -KILL $old; wait $old
    echo "old $old $start $(up) $((after - before))"`,
};

/** Fills the process table when the runtime's threads are long idle, and then kills all. */
export const fullOfProcesses: Step = {
  tracers: { json: `${tracer} --signal KILL --ring-size 4M` },
  // the minimum is 8 for each possible CPU; busybox's shell runs all of this without a fork
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

/** Stops the tracer during more exits than its ring holds, on a machine with many possible CPUs. */
export const stopped: Step = {
  tracers: { json: `${tracer} --name exit-statuses --ring-size 4K` },
  command: `
    cat /sys/devices/system/cpu/possible
    kill -STOP $tracer_0; /exit-statuses burst 2000; kill -CONT $tracer_0
    sleep 1`,
};

/** The number of CPUs that could be plugged in. Per-CPU maps have a part for each. */
export const CPUS = 4096;
export const possibleCpus: Step = {
  before: "percpu() { sed -n 's/^Percpu: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo; }; percpu >before",
  tracers: {
    table: "/exitsnoop --name exit-statuses --ring-size 4M",
    wide: `${tracer} --wide --name exit-statuses --ring-size 4M`,
  },
  command: "percpu >during; cat /sys/devices/system/cpu/possible; /exit-statuses burst 500",
  after: "percpu >after; /exitsnoop doctor >doctor",
};

const capabilities =
  "--inh-caps=-all,+bpf,+perfmon --ambient-caps=-all,+bpf,+perfmon --bounding-set=-all,+bpf,+perfmon";
const user = `/bin/setpriv-full --reuid=1000 --regid=1000 --clear-groups ${capabilities}`;

/**
 * Limits locked memory to 64 KB: for root, for root without CAP_SYS_RESOURCE, and for a user with
 * the capabilities that tracing needs.
 */
export const lockedMemory: Step = {
  command: `
    try() { name=$1; shift; "$@" /exitsnoop --for 300ms 2>try.stderr >/dev/null; status=$?; echo "$name: $(tail -n 1 try.stderr) $status"; }
    ulimit -H -l unlimited; ulimit -S -l 64
    try "soft, user" ${user}
    ulimit -H -l 64
    try "hard, root" env
    try "hard, root without CAP_SYS_RESOURCE" /bin/setpriv-full --bounding-set=-sys_resource --inh-caps=-sys_resource
    try "hard, user" ${user}`,
};

/** Traces where BPF programs may not read kernel memory, with and without securityfs. */
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

/** Traces under lockdown=integrity, which permits BPF programs. */
export const integrity: Step = {
  before: "mount -t securityfs securityfs /sys/kernel/security; cat /sys/kernel/security/lockdown >lockdown",
  tracers: { json: `${tracer} --wide --name exit-statuses` },
  command: "/exit-statuses burst 500",
  after: "umount /sys/kernel/security",
};
