/** The types that the parts of exitsnoop top share. */
import type { SummaryKeyName } from "./keys.ts";
import type { SummaryOrder } from "./order.ts";
import type { SummaryOptions } from "./summary-data.ts";

/** The state of the screen that keys change. */
export interface TopState {
  by: readonly SummaryKeyName[];
  sort: SummaryOrder;
  /** Only keys with this text are shown. */
  filter: string;
  /** True while the filter is typed. */
  isTyping: boolean;
  isPaused: boolean;
  showsHelp: boolean;
  /** ms */
  interval: number;
}

export interface TopOptions extends Omit<SummaryOptions, "sort" | "maxRows" | "hasPeriod" | "isWide"> {
  sort: SummaryOrder;
  interval: number;
  /** The keys that exits can be grouped by, one after the other. */
  choices: readonly SummaryKeyName[];
  height(): number;
}
