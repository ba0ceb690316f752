import { Probe, probe } from "../../bpf/features.ts";
import { type Finding, yes } from "../check.ts";
import { explainProbeFailure, succeeded } from "../probe-failure.ts";

/** Loads a program, then attaches one to the raw tracepoint of exits. */
export function rawTracepoints(): Finding {
  const loaded = probe(Probe.program);
  if (!succeeded(loaded))
    return explainProbeFailure("no program can be loaded", loaded, "exitsnoop needs a kernel with CONFIG_BPF_SYSCALL");
  const attached = probe(Probe.rawTracepoint);
  if (succeeded(attached)) return yes("a program was attached to sched_process_exit", { errno: 0 });
  return explainProbeFailure(
    "no program can be attached to sched_process_exit",
    attached,
    "exitsnoop needs a kernel with CONFIG_BPF_EVENTS",
  );
}
