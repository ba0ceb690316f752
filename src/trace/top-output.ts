import { readSync } from "node:fs";
import { log, wrapMessages } from "../log.ts";
import { closeScreen, openScreen } from "../system/screen.ts";
import { ByteWriter } from "../text/byte-writer.ts";
import type { Top } from "../views/top.ts";
import type { OutputWriter } from "./output-writer.ts";
import { PeriodClock, type SummaryClocks } from "./period-clock.ts";
import type { DriverReader, SummaryDriver } from "./summary-output.ts";

const STDIN = 0;
/** More than a person types between two batches. */
const KEY_BYTES = 256;
/** The messages that are shown when the screen is closed; of others, only the number. */
const MAX_MESSAGES = 50;

/** The terminal of exitsnoop top; tests replace it. */
interface TopTerminal {
  open(): void;
  close(): void;
  /** Reads what was typed. Returns the number of bytes; -1: none; 0: the terminal is gone. */
  read(bytes: Uint8Array): number;
}

/** Returns the terminal that standard input and the output `fd` are. */
export function terminalOf(fd: number): TopTerminal {
  return { open: () => openScreen(fd), close: closeScreen, read: readKeys };
}

/** Shows the sums of each interval on a screen, and acts on keys. */
export class TopOutput implements SummaryDriver {
  readonly #out = new ByteWriter();
  readonly #keys = new Uint8Array(KEY_BYTES);
  readonly #clock: PeriodClock;
  readonly #messages: string[] = [];
  #leftOut = 0;
  #due: number;
  #isOpen = false;
  #interval: number;

  constructor(
    readonly top: Top,
    readonly outputs: Pick<OutputWriter, "flush">,
    readonly terminal: TopTerminal,
    readonly clocks: SummaryClocks,
    startedAt = clocks.now(),
  ) {
    this.#interval = top.state.interval;
    this.#due = startedAt + this.#interval;
    this.#clock = new PeriodClock(clocks, startedAt);
  }

  get isDone(): boolean {
    return this.top.isDone;
  }

  /** @throws LibbpfError, WriteError */
  begin(reader: DriverReader): void {
    this.terminal.open();
    this.#isOpen = true;
    reader.watch(STDIN);
    // a message would be written into the screen
    wrapMessages(() => (bytes, length) => {
      this.#keep(new TextDecoder().decode(bytes.subarray(0, length)).trimEnd());
      return length;
    });
    this.#draw();
  }

  update(reader: DriverReader): void {
    if (!this.#isOpen) return;
    let isChanged = reader.isRedrawRequested;
    if (reader.isWatchedReady) {
      isChanged = true;
      this.#type();
      reader.watch(STDIN);
    }
    const now = this.clocks.now();
    if (now >= this.#due) {
      isChanged = true;
      this.top.next(this.#clock.period(now));
      this.#clock.begin(now);
      this.#due = now + this.#interval;
    }
    if (isChanged) this.#draw();
  }

  maxSleep(): number {
    return Math.max(1, Math.ceil(this.#due - this.clocks.now()));
  }

  /** Restores the terminal, and shows the messages. */
  finish(): number {
    if (!this.#isOpen) return 0;
    this.#isOpen = false;
    this.terminal.close();
    wrapMessages();
    for (const message of this.#messages) log.info(message);
    if (this.#leftOut) log.info(`${this.#leftOut} more messages`);
    return 0;
  }

  #keep(message: string): void {
    this.top.message = message;
    if (this.#messages.length < MAX_MESSAGES) this.#messages.push(message);
    else this.#leftOut++;
  }

  #type(): void {
    const length = this.terminal.read(this.#keys);
    if (length === 0) this.top.isDone = true;
    if (length <= 0) return;
    this.top.type(this.#keys.subarray(0, length));
    const { interval } = this.top.state;
    if (interval === this.#interval) return;
    this.#due += interval - this.#interval;
    this.#interval = interval;
  }

  #draw(): void {
    this.top.draw(this.#out);
    this.outputs.flush(this.#out, false);
  }
}

function readKeys(bytes: Uint8Array): number {
  try {
    return readSync(STDIN, bytes);
  } catch (error) {
    // nothing to read after all
    return (error as NodeJS.ErrnoException).code === "EAGAIN" ? -1 : 0;
  }
}
