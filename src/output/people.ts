import type { Exit } from "../exit/exit.ts";
import { LINE_FEED, SPACE } from "../text/ascii.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { columnsOf } from "../text/characters.ts";
import { createCells } from "./cells.ts";
import { type Column, commandParts, hasNoCrash, pick, writeCommand, writeCrash, writeKiller } from "./columns.ts";
import { endInnerLine, trimEnd } from "./exit-lines.ts";
import type { Format, FormatOptions } from "./format.ts";
import { withoutFtl } from "./ftl.ts";
import { pickForPeople } from "./people-columns.ts";
import { MIN_LAST_WIDTH, Row, truncate } from "./row.ts";
import { Screen } from "./screen.ts";
import { signsOf } from "./signs.ts";
import type { SuppressedExits } from "./suppressed.ts";
import { SuppressedLine } from "./suppressed-line.ts";
import { timeFormatForPeople } from "./time.ts";

/** PARENT is left out if COMMAND, where it is shown, would have fewer columns. */
const MIN_COMMAND_WIDTH = 32;
/** The bytes of arguments that are read: MIN_BYTES, and more for each column of the terminal. */
const MIN_BYTES = 256;
const BYTES_PER_COLUMN = 8;
/** The indent of a killer's own line is that of the second column, but at most this. */
const MAX_INDENT = 13;
const MIN_INDENT = 4;
const COLON = bytesOf(": ");
const CRASHED = bytesOf("crashed: ");

type TailWriter = (out: ByteWriter, exit: Exit, maxBytes: number) => void;

/**
 * The table for people at a terminal. Its last column, COMMAND, takes the rest of the line, where
 * it is cut for the killer after it; a killer that does not fit there has a line of its own.
 */
export class People implements Format {
  readonly spansLines = true;
  #full: Row;
  /** Without PARENT. */
  #narrow: Row;
  #row: Row;
  /** Writes COMMAND, or COMM if the lines are exits of threads; undefined: it is left out. */
  #writeTail: TailWriter | undefined;
  #screen: Screen;
  #width = 0;
  /** The killer of the exit that is being written, with its arrow. */
  #killer = new ByteWriter();
  #signs: ReturnType<typeof signsOf>;
  #suppressed: SuppressedLine;

  constructor(readonly options: FormatOptions) {
    const { time, utcOffset, hasColor, withThreads } = options;
    const columns = pickForPeople(options.columns);
    const last = columns.at(-1)?.key;
    let tailHeading = "";
    if (last === "args" || last === "comm") {
      tailHeading = last === "args" ? "COMMAND" : "COMM";
      this.#writeTail = last === "args" ? writeCommand : pick([withThreads ? "thread_comm" : "comm"])[0]!.table!;
      columns.pop();
    }
    this.#signs = signsOf(options);
    const rowOf = (shown: Column[]) =>
      new Row(
        createCells(shown, timeFormatForPeople(time, utcOffset), options, tailHeading !== ""),
        hasColor,
        this.#signs.ellipsis,
        tailHeading,
      );
    this.#full = rowOf(columns);
    this.#narrow = rowOf(columns.filter(({ key }) => key !== "parent_comm"));
    this.#row = this.#full;
    this.#screen = new Screen(options);
    this.#suppressed = new SuppressedLine(options);
    this.#excludeFromFtl();
  }

  /** A person reads these lines: compiling them for speed pays off after 100,000 exits only. */
  #excludeFromFtl(): void {
    for (const row of [this.#full, this.#narrow]) for (const { write } of row.cells) withoutFtl(write);
    for (const part of [this.exit, this.#finish, this.#writeKiller, Row.prototype.write, truncate]) withoutFtl(part);
    for (const part of commandParts) withoutFtl(part);
  }

  /** Writes the first header. */
  header(out: ByteWriter): void {
    this.#screen.start();
    this.#setWidth();
    this.#writeHeader(out);
  }

  begin(): void {
    this.#screen.begin();
    this.#setWidth();
  }

  exit(out: ByteWriter, exit: Exit): void {
    out.reserve(0);
    const screen = this.#screen;
    if (exit.exitTime.seconds !== screen.second) screen.writeDate(out, exit.exitTime);
    if (screen.isHeaderDue) this.#writeHeader(out);
    const origin = this.#row.write(out, exit, this.#width);
    screen.addLines(this.#finish(out, exit, origin));
    // an empty name or column leaves blanks
    trimEnd(out);
    out.byte(LINE_FEED);
  }

  suppressed(out: ByteWriter, exits: SuppressedExits): void {
    this.#suppressed.write(out, exits, this.#width);
    out.byte(LINE_FEED);
    this.#screen.addLines(1);
  }

  /** Decides by the terminal's width whether PARENT is shown; a change needs another header. */
  #setWidth(): void {
    this.#width = this.options.width();
    // without COMMAND, the cells end a column before Row.end
    const needed = this.#writeTail ? this.#full.end + MIN_COMMAND_WIDTH : this.#full.end - 1;
    const isTooNarrow = this.#width > 0 && this.#width < needed;
    const row = isTooNarrow ? this.#narrow : this.#full;
    if (row === this.#row) return;
    this.#row = row;
    this.#screen.requireHeader();
  }

  #writeHeader(out: ByteWriter): void {
    this.#row.header(out);
    endInnerLine(out);
    this.#screen.headerWritten();
  }

  /** Writes COMMAND and the killer. Returns the number of lines that the exit has. */
  #finish(out: ByteWriter, exit: Exit, origin: number): number {
    const width = this.#width;
    const hasKiller = (this.options.showKiller && exit.hasKiller) || this.#showsCrash(exit);
    if (this.#writeTail) out.tabTo(this.#row.end, origin);
    else trimEnd(out);
    const from = out.length;
    this.#writeTail?.(out, exit, width > 0 ? MIN_BYTES + BYTES_PER_COLUMN * width : Number.POSITIVE_INFINITY);
    const room = width - (from - origin);
    if (width > 0 && !hasKiller) truncate(out, from, Math.max(MIN_LAST_WIDTH, room), this.#signs.ellipsis);
    return hasKiller ? this.#writeKiller(out, exit, from, room) : 1;
  }

  #showsCrash(exit: Exit): boolean {
    return this.options.showCrash === true && !hasNoCrash(exit);
  }

  /** @param from the start of COMMAND. @param room its columns up to the edge of the terminal. */
  #writeKiller(out: ByteWriter, exit: Exit, from: number, room: number): number {
    const killer = this.#killer;
    killer.reset();
    killer.put(this.#signs.arrow);
    if (exit.hasKiller) writeKiller(killer, exit);
    if (this.#showsCrash(exit)) {
      killer.put(exit.hasKiller ? COLON : CRASHED);
      writeCrash(killer, exit);
      if (this.#width > 0)
        truncate(killer, 0, Math.max(MIN_LAST_WIDTH, this.#width - MIN_INDENT), this.#signs.ellipsis);
    }
    const killerWidth = columnsOf(killer.bytes, 0, killer.length);
    const beside = this.#width > 0 ? room - killerWidth - 1 : Number.POSITIVE_INFINITY;
    const fits = beside >= MIN_LAST_WIDTH || columnsOf(out.bytes, from, out.length) <= beside;
    // an inner line ends with a space, which needs a column
    const columns = fits ? beside : Math.max(MIN_LAST_WIDTH, room - 1);
    if (this.#width > 0) truncate(out, from, columns, this.#signs.ellipsis);
    if (fits) {
      out.byte(SPACE);
    } else {
      endInnerLine(out);
      const indent = Math.min(this.#row.cells[1]?.start ?? MAX_INDENT, MAX_INDENT, this.#width - killerWidth);
      for (let i = 0; i < Math.max(MIN_INDENT, indent); i++) out.byte(SPACE);
    }
    out.put(killer.bytes, 0, killer.length);
    return fits ? 1 : 2;
  }
}
