import type { Exit } from "../../exit/exit.ts";
import type { ColumnKey, Format } from "../../output/index.ts";
import { Offset } from "../../record/layout.ts";
import { type ByteWriter, bytesOf } from "../../text/byte-writer.ts";
import { Tally } from "../tally.ts";
import { Failures } from "./failures.ts";
import { flatten } from "./flatten.ts";
import { reportJson } from "./json.ts";
import { reportJunit } from "./junit.ts";
import { Largest } from "./largest.ts";
import { reportMarkdown } from "./markdown.ts";
import type { ReportData, ReportEnd, ReportFormat } from "./report-data.ts";
import { cpuOf, keyOf, ProcessDescriber, type ProcessKey, rssOf, type ReportedProcess } from "./reported-process.ts";
import { reportText } from "./text.ts";

/** The rows of the slowest, the most expensive and the largest processes. */
const MAX_ROWS = 10;

const writers: Record<ReportFormat, (data: ReportData) => string> = {
  text: reportText,
  markdown: reportMarkdown,
  json: reportJson,
  junit: reportJunit,
};

/**
 * Reports on the exits of a COMMAND. It is a Format that writes nothing for an exit, and the report
 * as the footer, for which `end` must be set.
 */
export class Report implements Format {
  end: ReportEnd | undefined;
  readonly #total = new Tally();
  readonly #failures = new Failures();
  readonly #slowest = new Largest(MAX_ROWS);
  readonly #mostCpu = new Largest(MAX_ROWS);
  readonly #largest = new Largest(MAX_ROWS);
  readonly #describer: ProcessDescriber;
  /** The exit that is being added, once it was described. */
  #described: ReportedProcess | undefined;
  readonly #describe = (exit: Exit) => (this.#described ??= this.#describer.describe(exit));
  #data: ReportData | undefined;

  /** COMMAND, and how long it lived; undefined: its exit has not been added. */
  #command: (ProcessKey & { durationNs: number }) | undefined;

  /**
   * @param columns those of reportColumns that are recorded.
   * @param commandPid that of COMMAND in the tracer's PID namespace.
   */
  constructor(
    readonly format: ReportFormat,
    columns: readonly ColumnKey[],
    readonly commandPid: number,
  ) {
    this.#describer = new ProcessDescriber(columns, format === "json");
  }

  /** Allocates nothing for an exit that succeeded and is not among the largest. */
  exit(_: ByteWriter, exit: Exit): void {
    this.#described = undefined;
    // a later process may have the same pid
    if (!this.#command && exit.record.u32(Offset.localPid) === this.commandPid)
      this.#command = { ...keyOf(exit), durationNs: exit.duration.ns };
    this.#total.add(exit, undefined);
    this.#failures.add(exit, this.#describe);
    this.#offer(this.#slowest, exit.duration.ns, exit);
    this.#offer(this.#mostCpu, cpuOf(exit), exit);
    this.#offer(this.#largest, rssOf(exit), exit);
  }

  /** The contents of the report. */
  get data(): ReportData {
    const { end } = this;
    if (!end) throw new Error("the end of the trace is not known yet");
    return (this.#data ??= {
      ...end,
      // the tracer notices the end later
      elapsedNs: this.#command?.durationNs ?? end.elapsedNs,
      commandKey: this.#command,
      total: this.#total,
      failures: flatten(this.#failures.roots(), end.status === 0),
      leftOut: this.#failures.leftOut,
      slowest: this.#slowest.processes,
      mostCpu: this.#mostCpu.processes,
      largest: this.#largest.processes,
    });
  }

  footer(out: ByteWriter): void {
    out.put(bytesOf(writers[this.format](this.data)));
  }

  #offer(list: Largest, value: number, exit: Exit): void {
    if (list.accepts(value)) list.add(value, this.#describe(exit));
  }
}
