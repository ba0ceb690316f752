import type { Format, FormatOptions } from "../output/index.ts";
import { Summary } from "../views/summary.ts";
import { Top } from "../views/top.ts";
import type { OutputWriter } from "./output-writer.ts";
import { type SummaryClocks, systemClocks } from "./period-clock.ts";
import type { SummaryPlan } from "./plan.ts";
import { type SummaryDriver, SummaryOutput } from "./summary-output.ts";
import { terminalOf, TopOutput } from "./top-output.ts";

/** The parts of the loop that a summary uses. */
interface Surroundings {
  options: Omit<FormatOptions, "columns">;
  outputs: OutputWriter;
  /** The output that is the terminal, if the summary has a screen. */
  fd: number;
  isHeld: () => boolean;
  startedAt: number;
  clocks?: SummaryClocks;
}

/** Creates a planned summary: the format that counts exits, and the driver that shows the sums. */
export function createSummary(
  plan: SummaryPlan,
  { options, outputs, fd, isHeld, startedAt, clocks = systemClocks }: Surroundings,
): { format: Format; driver: SummaryDriver } {
  const { layout, interval, screen } = plan;
  if (!screen) {
    const summary = new Summary(layout, { ...options, ...plan });
    return { format: summary, driver: new SummaryOutput(summary, outputs, interval, isHeld, clocks, startedAt) };
  }
  const top = new Top({ ...options, ...plan, ...screen, height: () => outputs.height() });
  return { format: top, driver: new TopOutput(top, outputs, terminalOf(fd), clocks, startedAt) };
}
