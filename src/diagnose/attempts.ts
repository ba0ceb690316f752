import { existsSync } from "node:fs";
import { constants } from "node:os";
import { describeErrno } from "../native/errno.ts";
import { has, ownCapabilities } from "../system/capabilities.ts";
import { Probe, type ProbeResult, probe } from "../bpf/features.ts";
import { type Finding, limited, no, unknown, yes } from "../doctor/check.ts";
import { explainDenial } from "./denial.ts";

/** In a sentence of ours; `what` is not to be had. */
function refused(what: string, result: ProbeResult, older: string): Finding {
  if (result === "no child") {
    return unknown(
      "no process can be started to try it",
      "raise the limit of processes (ulimit -u, pids.max of the cgroup)",
      { errno: null },
    );
  }
  if ("killedBy" in result) {
    const isSlow = result.killedBy === constants.signals.SIGALRM;
    const found = isSlow
      ? `${what}: the kernel has not answered for three seconds`
      : `${what}: whoever tries is killed by signal ${result.killedBy}`;
    return no(found, explainDenial()?.advice ?? "ask who made the seccomp filter", { errno: null });
  }
  const { errno } = result;
  const facts = { errno };
  if (errno === constants.errno.EPERM || errno === constants.errno.EACCES) {
    const denied = explainDenial();
    const advice = denied
      ? `that is what ${denied.check} above is about`
      : "a security module (SELinux, AppArmor) may forbid it: the kernel's log tells";
    return no(`${what}: ${describeErrno(errno)}`, advice, facts);
  }
  return no(
    `${what}: ${describeErrno(errno)}`,
    errno === constants.errno.ENOMEM ? "free some memory, or raise the limit of our cgroup" : older,
    facts,
  );
}

const isFine = (result: ProbeResult) => typeof result === "object" && "errno" in result && result.errno === 0;

/** The kernel hands exits over in one: BPF_MAP_TYPE_RINGBUF, since Linux 5.8. */
export function ringBuffer(): Finding {
  const result = probe(Probe.ring);
  if (isFine(result)) return yes("made one of 256 KB", { errno: 0 });
  return refused("none can be made", result, "exitsnoop needs Linux 5.8 or newer");
}

/** What exits are told at. */
export function rawTracepoints(): Finding {
  const loaded = probe(Probe.program);
  if (!isFine(loaded))
    return refused("no program can be loaded", loaded, "exitsnoop needs a kernel with CONFIG_BPF_SYSCALL");
  const opened = probe(Probe.rawTracepoint);
  if (isFine(opened)) return yes("a program was attached to sched_process_exit", { errno: 0 });
  return refused("sched_process_exit cannot be attached to", opened, "exitsnoop needs a kernel with CONFIG_BPF_EVENTS");
}

/** Where tracefs may be mounted. */
const PLACES = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** Only packages need them (`exitsnoop run`). */
export function tracepoints(): Finding {
  const place = PLACES.find((folder) => existsSync(`${folder}/events`));
  if (place) return yes(`tracefs at ${place}`, { tracefs: place });
  const mayMount = has(ownCapabilities(), "CAP_SYS_ADMIN");
  return limited(
    "no tracefs here that we could read; exits need none",
    mayMount
      ? "nothing: a package that needs it gets one, for itself alone"
      : "for packages (exitsnoop run) mount it: mount -t tracefs tracefs /sys/kernel/tracing",
    { tracefs: null },
  );
}
