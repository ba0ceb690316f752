import { truncate } from "../output/row.ts";
import { signsOf } from "../output/signs.ts";
import { timeFormat } from "../output/time.ts";
import { writeShortDuration } from "../output/units.ts";
import { Timespec } from "../exit/timespec.ts";
import { LINE_FEED } from "../text/ascii.ts";
import { ByteWriter, bytesOf } from "../text/byte-writer.ts";
import { counted } from "../text/counted.ts";
import { sanitizeForTerminal } from "../text/sanitize.ts";
import type { KeyPart } from "./key-buffer.ts";
import type { SummaryKey } from "./keys.ts";
import type { SummaryData } from "./summary-data.ts";
import { SummaryTable } from "./summary-table.ts";
import type { TopOptions, TopState } from "./top-data.ts";

const HOME = bytesOf("\x1b[H");
const ERASE_LINE = bytesOf("\x1b[K");
const ERASE_BELOW = bytesOf("\x1b[J");
const NEXT_LINE = bytesOf("\r\n");
/** Two lines are above the table; it has a header, others and a total; and one line is below. */
const OTHER_LINES = 6;
/** The size if the terminal does not know it. */
const USUAL_WIDTH = 80;
const USUAL_HEIGHT = 24;
const PERCENT = 100;

/** For 80 columns. */
const HELP = [
  "q       quit",
  "s       sort by the next sum, or by one of them: e exits, c CPU time,",
  "        f failures, k kills, r peak memory, l longest lifetime",
  "b       group by the next key, from now on",
  "/       show only keys with a text; Enter keeps it, Escape removes it",
  "p       hold the screen, and go on; also the space bar",
  "+ -     longer and shorter intervals",
  "",
  "Each line has the processes that ended in the last interval. CPU time counts",
  "when a process ends, all of it: so BUSY%, the share of the time that the CPUs",
  "were busy, may exceed 100.",
];

/** Draws the screen of exitsnoop top, for its present size. */
export class TopScreen {
  readonly #lines = new ByteWriter();
  readonly #cell = new ByteWriter();
  readonly #ellipsis: Uint8Array;

  constructor(readonly options: TopOptions) {
    this.#ellipsis = signsOf(options).ellipsis;
  }

  /** @param data the last interval; undefined: none is over. */
  draw(out: ByteWriter, state: TopState, data: SummaryData | undefined, message: string): void {
    const height = this.options.height() || USUAL_HEIGHT;
    const width = this.options.width() || USUAL_WIDTH;
    const lines = this.#lines;
    lines.reset();
    lines.put(bytesOf(`${this.#heading(state, data)}\n${stateText(state)}\n`));
    if (state.showsHelp) lines.put(bytesOf(`\n${HELP.join("\n")}\n`));
    else if (data) this.#table(lines, data, width, height);
    out.put(HOME);
    this.#putLines(out, lines, width, height - 1);
    out.put(ERASE_BELOW);
    out.put(bytesOf(`\x1b[${height};1H`));
    const last = lines;
    last.reset();
    last.put(bytesOf(`${lastLine(state, message)}\n`));
    this.#putLines(out, last, width, 1);
  }

  /** Returns the text of a key as the table shows it. */
  textOf(keys: readonly SummaryKey[], parts: readonly KeyPart[]): string {
    const cell = this.#cell;
    cell.reset();
    keys.forEach(({ table }, i) => {
      if (i > 0) cell.put(bytesOf(" "));
      if (parts[i]!.hasValue) table(cell, parts[i]!);
    });
    return cell.toString();
  }

  #table(out: ByteWriter, data: SummaryData, width: number, height: number): void {
    const table = new SummaryTable(data.keys, {
      ...this.options,
      isWide: false,
      hasHeader: true,
      hasPeriod: false,
      width: () => width,
      maxRows: () => Math.max(1, height - OTHER_LINES),
    });
    table.write(out, data);
  }

  /** Returns `03:12:05: 3812 exits in 2.0s, 12 failed, CPU 62% of 1.3s busy`. */
  #heading(state: TopState, data: SummaryData | undefined): string {
    if (!data) return "exitsnoop top: counting";
    const { time, utcOffset } = this.options;
    const { period, total } = data;
    const { from, to, busyNs } = period;
    const cell = this.#cell;
    cell.reset();
    timeFormat(time === "delta" ? "none" : time, utcOffset)?.write(cell, to);
    const at = cell.toString();
    const length = this.#duration(new Timespec().setTo(to).subtract(from.seconds, from.nanoseconds));
    const parts = [`${counted(total.exits, "exit")} in ${length}`];
    if (total.failed) parts.push(`${total.failed} failed`);
    if (total.killed) parts.push(`${total.killed} killed`);
    if (busyNs) {
      const share = Math.round((PERCENT * total.cpuNs) / busyNs);
      const busy = this.#duration(new Timespec().setNs(busyNs));
      parts.push(`CPU ${share}% of ${busy} busy`);
    }
    return `${state.isPaused ? "PAUSED  " : ""}${at && `${at}: `}${parts.join(", ")}`;
  }

  #duration(time: Timespec): string {
    const cell = this.#cell;
    cell.reset();
    writeShortDuration(cell, time);
    return cell.toString();
  }

  /**
   * Writes at most `limit` lines, each cut to the width. Erases a line before it is written: after
   * a full line, the cursor is still on its last character.
   */
  #putLines(out: ByteWriter, { bytes, length }: ByteWriter, width: number, limit: number): void {
    let count = 0;
    for (let at = 0; at < length && count < limit; count++) {
      const end = bytes.indexOf(LINE_FEED, at);
      if (count > 0) out.put(NEXT_LINE);
      out.put(ERASE_LINE);
      const from = out.length;
      out.put(bytes, at, end);
      // a header in bold has bytes that take no column
      if (bytes[at] !== 0x1b) truncate(out, from, width, this.#ellipsis);
      at = end + 1;
    }
    if (limit > 1) out.put(NEXT_LINE);
  }
}

function stateText({ by, sort, filter, interval }: TopState): string {
  const shown = filter ? `, with "${sanitizeForTerminal(filter)}"` : "";
  return `by ${by.join(",")}, sorted by ${sort}${shown}, every ${interval / 1000} s; CPU time counts when a process ends`;
}

function lastLine({ isTyping, filter }: TopState, message: string): string {
  if (isTyping) return `show keys with: ${sanitizeForTerminal(filter)}_`;
  return message || "q quit  s sort  b group  / filter  p pause  + - interval  ? help";
}
