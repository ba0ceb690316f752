import type { Exit } from "../exit/exit.ts";
import type { Format } from "../output/index.ts";
import type { ByteWriter } from "../text/byte-writer.ts";
import { Aggregates } from "./aggregates.ts";
import { pickKeys } from "./keys.ts";
import { summaryOrders } from "./order.ts";
import { summarize } from "./summarize.ts";
import type { Period, SummaryData } from "./summary-data.ts";
import type { TopOptions, TopState } from "./top-data.ts";
import { TopScreen } from "./top-screen.ts";
import { type Key, keysOf } from "./top-keys.ts";

/** The intervals that the keys + and - choose from, ms. */
const INTERVALS = [250, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000];
/** A longer filter is cut. */
const MAX_FILTER = 60;

/**
 * The sums of exits by key in each interval, on a screen that changes by keys. The screen shows the
 * last interval that is over, while the exits of the present one are counted.
 */
export class Top implements Format {
  readonly state: TopState;
  /** True once the user has left. */
  isDone = false;
  /** A message for the user, until the next key. */
  message = "";
  #current: Aggregates;
  #last: Aggregates;
  #period: Period | undefined;
  readonly #screen: TopScreen;

  constructor(readonly options: TopOptions) {
    const { by, sort, interval } = options;
    this.state = { by, sort, interval, filter: "", isTyping: false, isPaused: false, showsHelp: false };
    this.#current = new Aggregates(pickKeys(by));
    this.#last = new Aggregates(pickKeys(by));
    this.#screen = new TopScreen(options);
  }

  /** Counts an exit. Allocates nothing if its key is known. */
  exit(_: ByteWriter, exit: Exit): void {
    this.#current.add(exit);
  }

  /** Ends the interval: its exits are shown from now on, unless the screen is paused. */
  next(period: Period): void {
    if (!this.state.isPaused) {
      [this.#current, this.#last] = [this.#last, this.#current];
      this.#period = period;
    }
    this.#current.clear();
  }

  /** Writes the screen. */
  draw(out: ByteWriter): void {
    this.#screen.draw(out, this.state, this.#data(), this.message);
  }

  #data(): SummaryData | undefined {
    if (!this.#period) return undefined;
    const { sort, filter } = this.state;
    const data = summarize(this.#last, sort, this.#period);
    if (!filter) return data;
    return {
      ...data,
      aggregates: data.aggregates.filter(({ parts }) => this.#screen.textOf(data.keys, parts).includes(filter)),
      other: undefined,
    };
  }

  /** Acts on what was typed. */
  type(bytes: Uint8Array): void {
    this.message = "";
    for (const key of keysOf(bytes)) {
      if (this.state.isTyping) this.#typeFilter(key);
      else this.#act(key);
    }
  }

  #typeFilter(key: Key): void {
    const { state } = this;
    if (key.kind === "character") state.filter = `${state.filter}${key.character}`.slice(0, MAX_FILTER);
    else if (key.kind === "erase") state.filter = [...state.filter].slice(0, -1).join("");
    else if (key.kind === "enter") state.isTyping = false;
    else if (key.kind === "interrupt") this.isDone = true;
    else if (key.kind === "escape") {
      state.isTyping = false;
      state.filter = "";
    }
  }

  #act(key: Key): void {
    const { state } = this;
    if (state.showsHelp) {
      state.showsHelp = false;
      const ends = key.kind === "interrupt" || (key.kind === "character" && key.character === "q");
      if (!ends) return;
    }
    if (key.kind === "interrupt") this.isDone = true;
    else if (key.kind === "escape") state.filter = "";
    else if (key.kind === "character") this.#command(key.character);
  }

  #command(character: string): void {
    const { state } = this;
    const order = summaryOrders.find((name) => name[0] === character);
    if (order) state.sort = order;
    else if (character === "q") this.isDone = true;
    else if (character === "s") state.sort = after(summaryOrders, state.sort);
    else if (character === "b") this.#group();
    else if (character === "/") state.isTyping = true;
    else if (character === "p" || character === " ") state.isPaused = !state.isPaused;
    else if (character === "+") state.interval = INTERVALS.find((ms) => ms > state.interval) ?? state.interval;
    else if (character === "-") state.interval = INTERVALS.findLast((ms) => ms < state.interval) ?? state.interval;
    else if (character === "?" || character === "h") state.showsHelp = true;
    else this.message = "? lists the keys";
  }

  /** Groups the exits from now on by the next key. */
  #group(): void {
    const { state } = this;
    const { choices } = this.options;
    state.by = [after(choices, state.by.at(-1)!)];
    const keys = pickKeys(state.by);
    this.#current = new Aggregates(keys);
    this.#last = new Aggregates(keys);
    this.#period = undefined;
    state.isPaused = false;
  }
}

/** Returns the element after another one; the first after the last, or if there is none. */
function after<T>(all: readonly T[], one: T): T {
  return all[(all.indexOf(one) + 1) % all.length]!;
}
