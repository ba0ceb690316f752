import {
  type CrashFrame,
  type CrashSite,
  fileStates,
  type FirstFault,
  frameHows,
  missingFrames,
} from "../../exit/crash-site.ts";
import type { Exit } from "../../exit/exit.ts";
import { signalName } from "../../record/signal-names.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { writeJson } from "../../text/escape.ts";
import { writeCrashPhrase } from "../crash-phrase.ts";
import { siCodeName } from "../si-codes.ts";
import type { Column, Schema, Writer } from "./column.ts";
import { jsonInCsv } from "./identity.ts";

type Value = string | number | boolean | bigint | null | Uint8Array;
/** The type of a member in the schema. `words`: all its values. */
interface Kind {
  type: "string" | "integer" | "boolean";
  isNullable?: boolean;
  words?: readonly string[];
  pattern?: string;
}
interface Member<T> extends Kind {
  key: string;
  of(value: T): Value;
}

/** Numbers of 64 bits: JSON's are not exact beyond 2^53. */
const HEX = { type: "string", pattern: "^0x[0-9a-f]+$" } as const;
const NULLABLE_HEX = { ...HEX, isNullable: true } as const;
const NULLABLE_TEXT = { type: "string", isNullable: true } as const;
const ACCESS = { ...NULLABLE_TEXT, words: ["read", "write", "exec"] } as const;

const firstMembers: readonly Member<FirstFault>[] = [
  { key: "signal", type: "string", of: ({ signal }) => signalName(signal) },
  { key: "code", ...NULLABLE_TEXT, of: ({ signal, code }) => siCodeName(signal, code) },
  { key: "address", ...NULLABLE_HEX, of: ({ address }) => address },
  { key: "access", ...ACCESS, of: ({ access }) => access },
  { key: "stack_overflow", type: "boolean", of: ({ isStackOverflow }) => isStackOverflow },
  { key: "frame", type: "integer", isNullable: true, of: ({ frame }) => frame },
];

const frameMembers: readonly Member<CrashFrame>[] = [
  { key: "ip", ...HEX, of: ({ ip }) => ip },
  { key: "module", type: "string", of: ({ module }) => module },
  { key: "offset", ...NULLABLE_HEX, of: ({ offset }) => offset },
  { key: "address", ...NULLABLE_HEX, of: ({ address }) => address },
  { key: "build_id", ...NULLABLE_TEXT, of: ({ buildId }) => buildId },
  { key: "deleted", type: "boolean", of: ({ isDeleted }) => isDeleted },
  { key: "function", ...NULLABLE_TEXT, of: (frame) => frame.function },
  {
    key: "function_offset",
    type: "integer",
    isNullable: true,
    of: (frame) => (frame.function ? frame.functionOffset : null),
  },
  { key: "how", type: "string", words: frameHows, of: ({ how }) => how },
  { key: "file", ...NULLABLE_TEXT, words: fileStates, of: ({ file }) => file },
];

const siteMembers: readonly Member<CrashSite>[] = [
  { key: "code", ...NULLABLE_TEXT, of: ({ signal, code }) => siCodeName(signal, code) },
  { key: "si_code", type: "integer", of: ({ code }) => code },
  { key: "address", ...NULLABLE_HEX, of: ({ address }) => address },
  { key: "access", ...ACCESS, of: ({ access }) => access },
  { key: "stack_overflow", type: "boolean", of: ({ isStackOverflow }) => isStackOverflow },
  { key: "tid", type: "integer", of: ({ tid }) => tid },
  { key: "thread", type: "string", of: ({ thread }) => thread },
  { key: "ip", ...HEX, of: ({ ip }) => ip },
  { key: "sp", ...HEX, of: ({ sp }) => sp },
  { key: "syscall", type: "integer", isNullable: true, of: ({ syscall }) => syscall },
  { key: "message", ...NULLABLE_TEXT, of: ({ message }) => message },
];
/** The members after the frames. */
const lastMembers: readonly Member<CrashSite>[] = [
  { key: "frames_truncated", type: "boolean", of: ({ isCut }) => isCut },
  { key: "frames_missing", ...NULLABLE_TEXT, words: missingFrames, of: ({ missing }) => missing },
];

function writeValue(out: ByteWriter, value: Value): void {
  if (value instanceof Uint8Array) writeJson(out, value, 0, value.length);
  else if (typeof value === "bigint") out.put(bytesOf(`"0x${value.toString(16)}"`));
  else out.put(bytesOf(JSON.stringify(value)));
}

function writeMembers<T>(out: ByteWriter, members: readonly Member<T>[], value: T): void {
  members.forEach(({ key, of }, i) => {
    out.put(bytesOf(`${i === 0 ? "" : ","}"${key}":`));
    writeValue(out, of(value));
  });
}

function writeObject<T>(out: ByteWriter, members: readonly Member<T>[], value: T): void {
  out.put(bytesOf("{"));
  writeMembers(out, members, value);
  out.put(bytesOf("}"));
}

const writeSite: Writer = (out, { crash }) => {
  const site = crash!;
  out.put(bytesOf("{"));
  writeMembers(out, siteMembers, site);
  out.put(bytesOf(',"first":'));
  if (site.first) writeObject(out, firstMembers, site.first);
  else out.put(bytesOf("null"));
  out.put(bytesOf(',"frames":['));
  site.frames.forEach((frame, i) => {
    if (i > 0) out.put(bytesOf(","));
    writeObject(out, frameMembers, frame);
  });
  out.put(bytesOf("],"));
  writeMembers(out, lastMembers, site);
  out.put(bytesOf("}"));
};

function schemaOfMember({ type, isNullable, words, pattern }: Kind): Schema {
  const values = words && { enum: isNullable ? [...words, null] : words };
  return { type: isNullable ? [type, "null"] : type, ...values, ...(pattern && { pattern }) };
}

function schemaOfMembers<T>(members: readonly Member<T>[]): Record<string, Schema> {
  return Object.fromEntries(members.map((member) => [member.key, schemaOfMember(member)]));
}

function objectOf(properties: Record<string, Schema>, isNullable = false): Schema {
  return { type: isNullable ? ["object", "null"] : "object", properties, required: Object.keys(properties) };
}

const siteSchema = (): Schema =>
  objectOf({
    ...schemaOfMembers(siteMembers),
    first: objectOf(schemaOfMembers(firstMembers), true),
    frames: { type: "array", items: objectOf(schemaOfMembers(frameMembers)) },
    ...schemaOfMembers(lastMembers),
  });

/** Writes the phrase of a crash site. */
export const writeCrash: Writer = (out, { crash }) => writeCrashPhrase(out, crash!);

export const hasNoCrash = (exit: Exit) => exit.crash === null;

/** The crash site. */
export const crash = [
  {
    key: "crash",
    group: "crash",
    schema: siteSchema,
    help: "where it crashed: the fault, the function, its callers",
    heading: "CRASH",
    width: 40,
    isText: true,
    canTruncate: true,
    isAbsent: hasNoCrash,
    write: writeCrash,
    json: writeSite,
    csv: jsonInCsv(writeSite),
  },
] as const satisfies readonly Column[];
