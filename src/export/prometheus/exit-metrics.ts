import { type ExportedEvent, type Outcome, outcomeOf, outcomes } from "../event.ts";
import { type Family, labelsOf } from "./metric.ts";

/** Sums of exits. Each series whose labels are known begins with 0: increase() needs that. */
export class ExitMetrics {
  readonly #exits = new Map<Outcome, number>(outcomes.map((outcome) => [outcome, 0]));

  add(event: ExportedEvent): void {
    if (event.event !== "exit" && event.event !== "suppressed") return;
    const outcome = outcomeOf(event);
    const count = event.event === "exit" ? 1 : (event.count ?? 0);
    this.#exits.set(outcome, this.#exits.get(outcome)! + count);
  }

  readonly families: readonly Family[] = [
    {
      name: "exitsnoop_exits",
      type: "counter",
      help: "Processes that ended, by how they ended.",
      samples: () => [...this.#exits].map(([outcome, value]) => ({ labels: labelsOf({ outcome }), value })),
    },
  ];
}
