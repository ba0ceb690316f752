/** The sentence about an event that viewers show. */
import { grouped } from "../text/counted.ts";
import { sanitizeForTerminal } from "../text/sanitize.ts";
import type { EventObject } from "./attributes.ts";
import { isOomKill } from "./severity.ts";

/** Longer than any name of a process or of a cgroup that a sentence needs. */
const MAX_NAME = 120;

/** Returns a name of a process, a cgroup or a signal, safe for terminals. */
export function nameOf(name: unknown): string {
  return typeof name === "string" ? sanitizeForTerminal(name, MAX_NAME) : "?";
}

const processOf = (comm: unknown, pid: unknown) => `${nameOf(comm)}[${typeof pid === "number" ? pid : "?"}]`;

/** Returns the sentence of an exit: `worker[42] was killed by SIGKILL (OOM killer, cgroup /a)`. */
export function bodyOfExit(event: EventObject): string {
  const subject = processOf(event.comm, event.pid);
  if (typeof event.signal !== "string") {
    return `${subject} exited with ${typeof event.exit_code === "number" ? event.exit_code : "an unknown code"}`;
  }
  const core = event.core_dumped === true ? " and dumped core" : "";
  return `${subject} was killed by ${nameOf(event.signal)}${killerOf(event)}${core}`;
}

/** Returns the sentence of suppressed exits: `+4,213 like this: sh exited with 1`. */
export function bodyOfSuppressed(event: EventObject): string {
  const {
    count,
    comm,
    parent_comm: parent,
    exit_code: code,
    signal,
    core_dumped: core,
    killed_by_kind: killer,
  } = event;
  const exits = `+${grouped(count ?? "?")}`;
  if (typeof comm !== "string") return `${exits} of other kinds`;
  const outcome =
    typeof signal === "string"
      ? `killed by ${nameOf(signal)}${killer === "oom" ? " (OOM killer)" : ""}${core === true ? ", dumped core" : ""}`
      : `exited with ${typeof code === "number" ? code : "an unknown code"}`;
  return `${exits} like this: ${nameOf(comm)} ${outcome}${typeof parent === "string" ? `, child of ${nameOf(parent)}` : ""}`;
}

function killerOf(event: EventObject): string {
  const killer = event.killed_by;
  if (typeof killer !== "object" || killer === null) return "";
  const { kind, comm, pid, cgroup } = killer as EventObject;
  if (isOomKill(event)) return typeof cgroup === "string" ? ` (OOM killer, cgroup ${nameOf(cgroup)})` : " (OOM killer)";
  return kind === "process" ? ` from ${processOf(comm, pid)}` : "";
}
