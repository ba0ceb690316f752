import {
  bpfCountsAsLocked,
  canRaiseMemlock,
  explainMemlock,
  formatLimit,
  ownMemlockLimit,
} from "../../diagnose/memlock.ts";
import { type Finding, limited, no, unknown, yes } from "../check.ts";

/** Not enough for a trace with the smallest ring buffer. */
const TOO_SMALL_BYTES = 1024 * 1024;

/** Checks RLIMIT_MEMLOCK, which limits BPF memory before Linux 5.11; setrlimit(2). */
export function memlock(): Finding {
  const limit = ownMemlockLimit();
  const counts = bpfCountsAsLocked();
  const facts = {
    limit_bytes: limit === undefined || limit === Number.POSITIVE_INFINITY ? null : limit,
    counts: counts ?? null,
  };
  if (counts === false) return yes("BPF memory does not count as locked on this kernel", facts);
  if (limit === undefined)
    return unknown("the limit on locked memory cannot be read (/proc/self/limits)", undefined, facts);
  const shown = formatLimit(limit);
  const tooSmall = explainMemlock();
  if (tooSmall) return (limit < TOO_SMALL_BYTES ? no : limited)(tooSmall.why, tooSmall.advice, facts);
  if (counts === undefined)
    return unknown(`${shown} may be locked; without BTF it is unknown whether BPF memory counts`, undefined, facts);
  return yes(canRaiseMemlock() ? `${shown}; exitsnoop may raise it` : shown, facts);
}
