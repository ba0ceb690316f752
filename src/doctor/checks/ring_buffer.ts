import { Probe, probe } from "../../bpf/features.ts";
import { type Finding, yes } from "../check.ts";
import { explainProbeFailure, succeeded } from "../probe-failure.ts";

/** Creates a BPF_MAP_TYPE_RINGBUF, which Linux has since 5.8. */
export function ringBuffer(): Finding {
  const result = probe(Probe.ring);
  if (succeeded(result)) return yes("one of 256 KB was created", { errno: 0 });
  return explainProbeFailure("no ring buffer can be created", result, "exitsnoop needs Linux 5.8 or newer");
}
