/** The line of JSON about exits that --limit did not print, and its schema. */
import { KillerKind, KillerReason } from "../record/layout.ts";
import { coreDumped, exitCode, termSignal } from "../record/wait-status.ts";
import { QUOTE } from "../text/ascii.ts";
import { type ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { writeJson } from "../text/escape.ts";
import { orNull, type Schema, TIME, writeBoolean } from "./columns/column.ts";
import { signalBytes } from "./columns/core.ts";
import { kindBytes, reasonBytes, wordOf } from "./columns/killer.ts";
import type { ExitKind, SuppressedExits } from "./suppressed.ts";
import { rfc3339 } from "./time.ts";

type KindWriter = (out: ByteWriter, kind: ExitKind) => void;

interface Member {
  key: string;
  help: string;
  schema: Schema;
  isAbsent(kind: ExitKind): boolean;
  write: KindWriter;
}

/** Describes a member for a text; its bytes are escaped. */
function text(key: string, help: string, of: (kind: ExitKind) => Uint8Array | null | undefined): Member {
  return {
    key,
    help,
    schema: { type: "string" },
    isAbsent: (kind) => !of(kind)?.length,
    write: (out, kind) => writeJson(out, of(kind)!, 0, of(kind)!.length),
  };
}

/** Describes a member for one of some words. */
function word(
  key: string,
  help: string,
  schema: object,
  isAbsent: Member["isAbsent"],
  of: (kind: ExitKind) => Uint8Array,
): Member {
  const write: KindWriter = (out, kind) => {
    out.reserve(0);
    out.byte(QUOTE);
    out.put(of(kind));
    out.byte(QUOTE);
  };
  return { key, help, schema: { type: "string", ...schema }, isAbsent, write };
}

const hasNoSignal = ({ status }: ExitKind) => status === null || termSignal(status) === 0;
const hasNoCode = ({ status }: ExitKind) => status === null || termSignal(status) !== 0;
const hasNoKiller = ({ killerKind }: ExitKind) => killerKind === KillerKind.unknown;

/** The members of the line in JSON, in this order; null if they are not known. */
const members: readonly Member[] = [
  { ...text("comm", "the name of the processes", ({ comm }) => comm), isAbsent: ({ comm }) => comm === null },
  {
    ...text("parent_comm", "the name of their parents", ({ parentComm }) => parentComm),
    isAbsent: ({ parentComm }) => parentComm === null,
  },
  {
    key: "exit_code",
    help: "0-255, as wait() gives it",
    schema: { type: "integer", minimum: 0, maximum: 255 },
    isAbsent: hasNoCode,
    write: (out, { status }) => out.integer(exitCode(status!)),
  },
  word("signal", "the signal that killed them", { pattern: "^SIG[A-Z0-9]+([+-][0-9]+)?$" }, hasNoSignal, (kind) =>
    signalBytes(termSignal(kind.status!)),
  ),
  {
    key: "core_dumped",
    help: "whether they left core dumps",
    schema: { type: "boolean" },
    isAbsent: ({ status }) => status === null,
    write: (out, { status }) => writeBoolean(out, coreDumped(status!)),
  },
  word("killed_by_kind", "who killed them", { enum: Object.keys(KillerKind) }, hasNoKiller, (kind) =>
    kindBytes(kind.killerKind),
  ),
  word("killed_by_reason", "why", { enum: Object.keys(KillerReason).map(wordOf) }, hasNoKiller, (kind) =>
    reasonBytes(kind.killerReason),
  ),
  text("cgroup", "their cgroup", ({ cgroup }) => cgroup?.path),
  text("container_id", "their container", ({ cgroup }) => cgroup?.containerId),
  text("pod_uid", "the uid of their Kubernetes pod", ({ cgroup }) => cgroup?.podUid),
  text("unit", "their systemd unit", ({ cgroup }) => cgroup?.unit),
  text("container_name", "the name of their container", ({ names }) => names?.container),
  text("pod_name", "the name of their pod", ({ names }) => names?.pod),
  text("pod_namespace", "the namespace of their pod", ({ names }) => names?.namespace),
];

/** The JSON Schema of the line. */
export const suppressedProperties: Record<string, object> = {
  time: { description: "when the last of them died", ...TIME },
  from: { description: "when the first of them died", ...TIME },
  count: { description: "how many exits", type: "integer", minimum: 1 },
  ...Object.fromEntries(members.map(({ key, help, schema }) => [key, { description: help, ...orNull(schema) }])),
};
export const suppressedRequired: readonly string[] = Object.keys(suppressedProperties);

const OPEN = bytesOf('{"event":"suppressed","time":"');
const FROM = bytesOf('","from":"');
const COUNT = bytesOf('","count":');
const NULL = bytesOf("null");
const KEYS = members.map(({ key }) => bytesOf(`,"${key}":`));

/** Returns the function that writes the line in JSON, without its end. */
export function suppressedJson(): (out: ByteWriter, exits: SuppressedExits) => void {
  const writeTime = rfc3339();
  return (out, { kind, count, first, last }) => {
    out.put(OPEN);
    writeTime(out, last);
    out.put(FROM);
    writeTime(out, first);
    out.put(COUNT);
    out.integer(count);
    for (const [i, { isAbsent, write }] of members.entries()) {
      out.put(KEYS[i]!);
      if (!kind || isAbsent(kind)) out.put(NULL);
      else write(out, kind);
    }
  };
}
