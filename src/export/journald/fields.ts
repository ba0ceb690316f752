/** The fields of a record: those of the event, and those that journald and journalctl search. */
import { escapedUnitsOf } from "../../exit/systemd-units.ts";
import { type ArgumentOptions, argumentsOf } from "../../otlp/attributes.ts";
import { exit, gap, lost, suppressed } from "../../otlp/event-members.ts";
import { flatten } from "../../otlp/flatten.ts";
import type { Attribute, AttributeValue } from "../../otlp/log-record.ts";
import { type Members, nameMembers, type NamedMember } from "../../otlp/shape.ts";
import { writeShellWord } from "../../output/shell.ts";
import { ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { sanitizeForTerminal } from "../../text/sanitize.ts";
import type { ExitEvent, ExportedEvent } from "../event.ts";
import { messageIdOf } from "./message-ids.ts";
import { messageOf } from "./message.ts";
import { priorityOf } from "./priority.ts";
import type { Field } from "./record.ts";

/** The longest value, in characters: a path may have 4096 bytes. */
const MAX_VALUE = 4096;
const MAX_NAME = 64;
const SPACE = bytesOf(" ");
const KILLERS_ARGUMENTS = "EXITSNOOP_KILLED_BY_ARGS";

/** The keys of an event's container, which OTLP has in the resource. */
const CONTAINER: Members = {
  container_id: true,
  container_name: true,
  pod_uid: true,
  pod_name: true,
  pod_namespace: true,
};
/** The members of ancestors: a message has their names only. */
const ancestors: Members = { comm: true };

const members: Record<ExportedEvent["event"], readonly NamedMember[]> = {
  exit: named({ ...exit, ...CONTAINER, ancestors, killed_by: { ...exit.killed_by, ancestors } }),
  suppressed: named({ time: true, ...suppressed, ...CONTAINER }),
  lost: named({ time: true, ...lost }),
  gap: named({ time: true, ...gap }),
};

/** Returns members whose names are those of fields: `EXITSNOOP_KILLED_BY_KIND`. */
function named(shape: Members): readonly NamedMember[] {
  const rename = (all: readonly NamedMember[] | undefined): readonly NamedMember[] | undefined =>
    all?.map(({ key, name, members: inner }) => ({
      key,
      name: name.toUpperCase().replaceAll(".", "_").slice(0, MAX_NAME),
      members: rename(inner),
    }));
  return rename(nameMembers(shape, "exitsnoop"))!;
}

/** Returns the fields of an event, the ones that must not be left out first. */
export function fieldsOf(event: ExportedEvent, options: ArgumentOptions): Field[] {
  const fields: Field[] = [
    ["MESSAGE", messageOf(event)],
    ["MESSAGE_ID", messageIdOf(event)],
    ["PRIORITY", String(priorityOf(event))],
    ["EXITSNOOP_EVENT", event.event],
  ];
  const { unit, userUnit } = unitsOf(event);
  if (unit) fields.push(["OBJECT_SYSTEMD_UNIT", unit]);
  if (userUnit) fields.push(["OBJECT_SYSTEMD_USER_UNIT", userUnit]);
  const attributes: Attribute[] = [];
  flatten(attributes, event, members[event.event]);
  for (const { key, value } of attributes) {
    const text = textOf(value);
    if (text !== "" && key !== KILLERS_ARGUMENTS) fields.push([key, text]);
  }
  if (event.event === "exit") addArguments(fields, event, options);
  return fields;
}

/** Adds arguments, quoted for a shell, if they are exported. */
function addArguments(fields: Field[], { args, args_truncated, killed_by }: ExitEvent, options: ArgumentOptions): void {
  const own = argumentsOf(args, options, args_truncated);
  if (own?.length) fields.push(["EXITSNOOP_ARGS", commandLine(own)]);
  if (own && args_truncated) fields.push(["EXITSNOOP_ARGS_TRUNCATED", "true"]);
  const killers = argumentsOf(killed_by?.args, options);
  if (killers?.length) fields.push([KILLERS_ARGUMENTS, commandLine(killers)]);
}

/** Returns words quoted for a shell. Its escapes make them safe for a terminal. */
function commandLine(words: readonly string[]): string {
  const out = new ByteWriter();
  for (const word of words) {
    if (out.length > 0) out.put(SPACE);
    if (out.length > MAX_VALUE) break;
    const bytes = bytesOf(word.slice(0, MAX_VALUE));
    writeShellWord(out, bytes, 0, bytes.length);
  }
  return out.toString();
}

/**
 * Returns the units by which `journalctl --unit` finds messages about them. They come from the
 * cgroup, since `unit` and `user_unit` have the names without systemd's escapes.
 */
function unitsOf(event: ExportedEvent) {
  const isOfProcess = event.event === "exit" || event.event === "suppressed";
  return escapedUnitsOf(isOfProcess && event.cgroup ? event.cgroup : "");
}

/**
 * Returns text that stays text in every output of journalctl. Arrays become lines, or numbers with
 * blanks between.
 */
function textOf(value: AttributeValue): string {
  if (typeof value === "string") return sanitizeForTerminal(value, MAX_VALUE);
  if (!Array.isArray(value)) return String(value);
  if (value.every((item) => typeof item === "number")) return value.join(" ");
  return value.map((item) => sanitizeForTerminal(String(item), MAX_VALUE)).join("\n");
}
