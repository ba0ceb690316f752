import { constants } from "node:os";
import type { ProbeResult } from "../bpf/features.ts";
import { explainDenial } from "../diagnose/denial.ts";
import { adviceForLimit } from "../diagnose/limits.ts";
import { describeErrno } from "../native/errno.ts";
import { type Finding, no, unknown } from "./check.ts";

const E = constants.errno;

export const succeeded = (result: ProbeResult) => typeof result === "object" && "errno" in result && result.errno === 0;

/**
 * Converts a failed probe to a finding that begins with `what`. `requirement` is the advice if
 * nothing but the kernel's version or configuration explains the errno.
 */
export function explainProbeFailure(what: string, result: ProbeResult, requirement: string): Finding {
  if (result === "no child") {
    return unknown("no process could be started for this check", adviceForLimit(E.EAGAIN)!);
  }
  if ("killedBy" in result) {
    const isTimeout = result.killedBy === constants.signals.SIGALRM;
    const reason = isTimeout
      ? "the kernel did not answer within three seconds"
      : `the process that tried it was killed by signal ${result.killedBy}`;
    return no(`${what}: ${reason}`, explainDenial()?.advice ?? "change the seccomp filter that killed it");
  }
  const { errno } = result;
  const found = `${what}: ${describeErrno(errno)}`;
  if (errno === E.EPERM || errno === E.EACCES) {
    const check = explainDenial()?.check;
    const advice = check
      ? `see ${check} above`
      : "a security module (SELinux, AppArmor) may forbid it; see the kernel log";
    return no(found, advice, { errno });
  }
  const advice = errno === E.ENOMEM ? "free some memory, or raise the memory limit of the cgroup" : requirement;
  return no(found, advice, { errno });
}
