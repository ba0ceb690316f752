import type { Exit } from "../exit/exit.ts";
import { termSignal } from "../record/wait-status.ts";
import { CLOSE_BRACKET, LINE_FEED, OPEN_BRACKET } from "../text/ascii.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { columnsOf } from "../text/characters.ts";
import { escapeText, writePlain } from "../text/escape.ts";
import { type BlockItem, blockItems } from "./block-items.ts";
import { pick, writeCommand, writeCrash, writeKiller, type Writer } from "./columns.ts";
import { writeFrames } from "./crash-block.ts";
import { endInnerLine } from "./exit-lines.ts";
import type { Format, FormatOptions } from "./format.ts";
import { lacking, lackingInTable } from "./lacking.ts";
import { writeLifetime } from "./people-columns.ts";
import { writeColored } from "./row.ts";
import { Screen } from "./screen.ts";
import { writeNameBeforeBracket } from "./shell.ts";
import { signsOf } from "./signs.ts";
import type { SuppressedExits } from "./suppressed.ts";
import { SuppressedLine } from "./suppressed-line.ts";
import { timeFormatForPeople } from "./time.ts";

const GAP = bytesOf("  ");
const ITEM_GAP = bytesOf("   ");
const INDENT = bytesOf("    ");
const EXIT = bytesOf("exit ");
const AFTER = bytesOf("after ");
const CRASHED = bytesOf("crashed: ");
const NOTHING = bytesOf("");

const writeExitStatus: Writer = pick(["exit_code"])[0]!.table!;

/** Writes `exit 124` or `SIGSEGV+core`. */
const writeOutcome: Writer = (out, exit) => {
  if (termSignal(exit.record.status) === 0) out.put(EXIT);
  writeExitStatus(out, exit);
};

/**
 * All that is known about an exit, in a block of lines: what happened, the command, where the
 * process belonged, and what it used. Values that are zero or unknown are left out.
 */
export class Blocks implements Format {
  readonly spansLines = true;
  #screen: Screen;
  #time: ReturnType<typeof timeFormatForPeople>;
  #label: Uint8Array;
  #lines: readonly (readonly BlockItem[])[];
  #arrow: Uint8Array;
  #lacks: Record<"time" | "duration" | "outcome", (exit: Exit) => boolean>;
  #suppressed: SuppressedLine;
  #width = 0;
  /** The value or killer that is being written. */
  #value = new ByteWriter();

  constructor(readonly options: FormatOptions) {
    const { time, utcOffset, label } = options;
    this.#screen = new Screen({ ...options, hasHeader: false });
    this.#time = timeFormatForPeople(time, utcOffset);
    this.#label = label === undefined ? NOTHING : bytesOf(escapeText(label, writePlain));
    const { arrow, step } = signsOf(options);
    this.#lines = blockItems(options, step);
    const [lacksTime, lacksDuration] = [lacking(options, "time"), lacking(options, "duration_ns")];
    this.#lacks = { time: lacksTime, duration: lacksDuration, outcome: lackingInTable(options, "exit_code") };
    this.#arrow = arrow;
    this.#suppressed = new SuppressedLine(options);
  }

  suppressed(out: ByteWriter, exits: SuppressedExits): void {
    this.#suppressed.write(out, exits, this.#width);
    out.byte(LINE_FEED);
  }

  begin(): void {
    this.#width = this.options.width();
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    if (exit.exitTime.seconds !== this.#screen.second) this.#screen.writeDate(out, exit.exitTime);
    this.#writeFirstLine(out, exit);
    endInnerLine(out);
    out.put(INDENT);
    writeCommand(out, exit, Number.POSITIVE_INFINITY);
    for (let i = 0; i < this.#lines.length; i++) this.#writeItems(out, exit, this.#lines[i]!);
    if (exit.crash) this.#writeCrash(out, exit);
    out.byte(LINE_FEED);
  }

  /** Writes `05:19:19.123  timeout[29986]  exit 124  after 202ms`, and the killer. */
  #writeFirstLine(out: ByteWriter, exit: Exit): void {
    const { record } = exit;
    const start = out.length;
    if (this.#label.length > 0) {
      out.put(this.#label);
      out.put(GAP);
    }
    if (this.#time && !this.#lacks.time(exit)) {
      this.#time.write(out, this.#time.isSinceBoot ? exit.exitTimeSinceBoot : exit.exitTime);
      out.put(GAP);
    }
    const name = this.options.withThreads ? record.threadComm : record.comm;
    writeNameBeforeBracket(out, record.bytes, name, record.nameEnd(name));
    if (record.pid > 0) {
      out.byte(OPEN_BRACKET);
      out.integer(record.pid);
      out.byte(CLOSE_BRACKET);
    }
    let origin = start;
    if (!this.#lacks.outcome(exit)) {
      out.put(GAP);
      if (this.options.hasColor) origin += writeColored(out, exit, writeOutcome);
      else writeOutcome(out, exit);
    }
    if (!this.#lacks.duration(exit)) {
      out.put(GAP);
      out.put(AFTER);
      writeLifetime(out, exit);
    }
    if (exit.hasKiller) this.#writeKiller(out, exit, columnsOf(out.bytes, start, out.length) - (origin - start));
  }

  /** Writes the killer after `used` columns, or on a line of its own if it does not fit there. */
  #writeKiller(out: ByteWriter, exit: Exit, used: number): void {
    const killer = this.#value;
    killer.reset();
    killer.put(this.#arrow);
    writeKiller(killer, exit);
    if (this.#width === 0 || used + GAP.length + columnsOf(killer.bytes, 0, killer.length) < this.#width) {
      out.put(GAP);
    } else {
      endInnerLine(out);
      out.put(INDENT);
    }
    out.put(killer.bytes, 0, killer.length);
  }

  /** Writes the crash site in a phrase, and a line for each frame. */
  #writeCrash(out: ByteWriter, exit: Exit): void {
    const startLine = () => {
      endInnerLine(out);
      out.put(INDENT);
    };
    startLine();
    out.put(CRASHED);
    writeCrash(out, exit);
    writeFrames(out, exit.crash!, startLine);
  }

  /** Writes items on a line of their own, or on several if the terminal is too narrow. */
  #writeItems(out: ByteWriter, exit: Exit, items: readonly BlockItem[]): void {
    const value = this.#value;
    let used = 0;
    for (let i = 0; i < items.length; i++) {
      const { label, isAbsent, write, omitted } = items[i]!;
      if (isAbsent(exit)) continue;
      value.reset();
      write(value, exit);
      if (value.length === 0 || isEqual(value, omitted)) continue;
      const columns = label.length + columnsOf(value.bytes, 0, value.length);
      const isOnLine = used > 0 && (this.#width === 0 || used + ITEM_GAP.length + columns < this.#width);
      if (isOnLine) {
        out.put(ITEM_GAP);
        used += ITEM_GAP.length + columns;
      } else {
        endInnerLine(out);
        out.put(INDENT);
        used = INDENT.length + columns;
      }
      out.put(label);
      out.put(value.bytes, 0, value.length);
    }
  }
}

function isEqual({ bytes, length }: ByteWriter, other: Uint8Array): boolean {
  if (length !== other.length) return false;
  for (let i = 0; i < length; i++) if (bytes[i] !== other[i]) return false;
  return true;
}
