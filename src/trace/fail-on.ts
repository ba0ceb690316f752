import type { Exit } from "../exit/exit.ts";
import { log } from "../log.ts";
import { KillerKind } from "../record/layout.ts";
import { coreDumped } from "../record/wait-status.ts";
import { counted } from "../text/counted.ts";

/** The events that --fail-on may name. */
export const failOnEvents = ["signal", "oom", "core", "orphans"] as const;
export type FailOnEvent = (typeof failOnEvents)[number];

/** The exit status if an event of --fail-on occurred. */
export const FAILED_STATUS = 3;

const descriptions: Record<FailOnEvent, (count: number) => string> = {
  signal: (count) => `${count} killed by a signal`,
  oom: (count) => `${count} killed by the OOM killer`,
  core: (count) => `${count} dumped core`,
  orphans: (count) => `${count} left running`,
};

/** An event of --fail-on that occurred. */
interface FoundEvent {
  event: FailOnEvent;
  count: number;
  /** Such as `1 killed by a signal`. */
  text: string;
}

/** Counts the events for which a trace of a COMMAND fails (--fail-on). */
export class FailOnCounter {
  #counts: Record<FailOnEvent, number> = { signal: 0, oom: 0, core: 0, orphans: 0 };

  /** Records have the killer only if the plan requests it, as it does for this event. */
  #hasKiller: boolean;

  constructor(readonly events: readonly FailOnEvent[]) {
    this.#hasKiller = events.includes("oom");
  }

  /** Counts an exit. */
  add(exit: Exit): void {
    if (!exit.isKilled) return;
    const counts = this.#counts;
    counts.signal++;
    if (this.#hasKiller && exit.record.killerKind === KillerKind.oom) counts.oom++;
    if (coreDumped(exit.record.status)) counts.core++;
  }

  /** Returns the events that occurred. @param orphans as for report(). */
  found(orphans: number): FoundEvent[] {
    this.#counts.orphans = orphans;
    return this.events
      .filter((event) => this.#counts[event] > 0)
      .map((event) => {
        const count = this.#counts[event];
        return { event, count, text: descriptions[event](count) };
      });
  }

  /**
   * Called at the end of the trace: says which of the events occurred.
   * @param orphans the number of descendants of COMMAND that still run.
   * @param lost the number of exits that the tracer did not receive: any may be such an event.
   * @returns the exit status for them; undefined if none occurred.
   */
  report(orphans: number, lost: number): number | undefined {
    if (lost > 0) log.warn(`--fail-on cannot tell about the ${counted(lost, "lost exit")}`);
    const found = this.found(orphans);
    if (!found.length) return undefined;
    const names = found.map(({ event }) => event).join(",");
    log.info(`--fail-on ${names}: ${found.map(({ text }) => text).join(", ")}; exit status ${FAILED_STATUS}`);
    return FAILED_STATUS;
  }
}
