/** The line of tables about exits that --limit did not print. */
import { KillerKind } from "../record/layout.ts";
import { coreDumped, exitCode, termSignal } from "../record/wait-status.ts";
import { COMMA } from "../text/ascii.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { escapeText, writePlain } from "../text/escape.ts";
import { signalBytes } from "./columns/core.ts";
import { remarkBytes } from "./columns/killer.ts";
import type { FormatOptions } from "./format.ts";
import { MIN_LAST_WIDTH, truncate } from "./row.ts";
import { writeName } from "./shell.ts";
import { signsOf } from "./signs.ts";
import type { SuppressedExits } from "./suppressed.ts";

const LIKE_THIS = bytesOf(" like this: ");
const OF_OTHERS = bytesOf(" of other kinds");
const EXIT_CODE = bytesOf(", exit code ");
const SEPARATOR = bytesOf(", ");
const CORE = bytesOf("+core");
const OOM = bytesOf(" (OOM killer)");
const PARENT = bytesOf(", child of ");
const CGROUP = bytesOf(", in ");
const UNNAMED = bytesOf("(unknown)");
const PLUS = 0x2b;

/**
 * Writes `+4,213 like this: nginx, exit code 1, child of master, in /system.slice/nginx.service`,
 * safe for terminals.
 */
function writeSuppressed(out: ByteWriter, { kind, count }: SuppressedExits): void {
  out.reserve(0);
  out.byte(PLUS);
  writeGrouped(out, count);
  if (!kind) return out.put(OF_OTHERS);
  const { comm, parentComm, status, killerKind, killerReason, cgroup } = kind;
  out.put(LIKE_THIS);
  if (comm) writeName(out, comm, 0, comm.length);
  else out.put(UNNAMED);
  if (status !== null && termSignal(status) === 0) {
    out.put(EXIT_CODE);
    out.integer(exitCode(status));
  } else if (status !== null) {
    out.put(SEPARATOR);
    out.put(signalBytes(termSignal(status)));
    if (coreDumped(status)) out.put(CORE);
    if (killerKind === KillerKind.oom) out.put(OOM);
    else if (killerKind === KillerKind.kernel) out.put(remarkBytes(killerReason));
  }
  if (parentComm) {
    out.put(PARENT);
    writeName(out, parentComm, 0, parentComm.length);
  }
  if (cgroup?.path.length) {
    out.put(CGROUP);
    writeName(out, cgroup.path, 0, cgroup.path.length);
  }
}

/** Writes an integer with a comma before each three digits. */
function writeGrouped(out: ByteWriter, value: number): void {
  if (value < 1000) return out.integer(value);
  writeGrouped(out, Math.floor(value / 1000));
  out.byte(COMMA);
  out.padded(value % 1000, 3);
}

/** Writes the line of tables, with the label, without an LF. */
export class SuppressedLine {
  readonly #ellipsis: Uint8Array;
  /** The label and a space; empty without --label. */
  readonly #label: Uint8Array;

  constructor(options: Pick<FormatOptions, "label" | "isUtf8">) {
    const { label } = options;
    this.#ellipsis = signsOf(options).ellipsis;
    this.#label = bytesOf(label === undefined ? "" : `${escapeText(label, writePlain)} `);
  }

  /** @param width the columns that it may take; 0: any number. */
  write(out: ByteWriter, exits: SuppressedExits, width: number): void {
    const start = out.length;
    out.put(this.#label);
    writeSuppressed(out, exits);
    if (width > 0) truncate(out, start, Math.max(MIN_LAST_WIDTH, width), this.#ellipsis);
  }
}

/** Returns writeSuppressed() as a text, for messages. */
export function suppressedText(exits: SuppressedExits): string {
  const out = new ByteWriter();
  writeSuppressed(out, exits);
  return out.toString();
}
