import type { ArgumentOptions } from "../otlp/attributes.ts";
import type { Counters } from "./counters.ts";
import type { ExportPlan } from "./plan.ts";
import type { Input } from "./part.ts";
import type { Sink } from "./sink.ts";
import type { Spool } from "./spool/spool.ts";

/** Creates the sinks of a plan, and loads the code of these only. */
export async function createSinks(
  plan: ExportPlan,
  counters: Counters,
  spool: Spool | undefined,
  input: Input,
): Promise<Sink[]> {
  const sinks: Sink[] = [];
  if (plan.prometheus) {
    const { PrometheusSink } = await import("./prometheus/sink.ts");
    sinks.push(new PrometheusSink(plan.prometheus, counters, plan.build));
  }
  if (plan.otlp) {
    const { OtlpSink } = await import("./otlp/sink.ts");
    // reading a file can wait for the server, unless another sink must get its events meanwhile
    const canWait = input.positionBefore !== undefined && sinks.length === 0 && !plan.journald;
    const maxBytes = plan.spool?.maxBytes ?? 0;
    sinks.push(
      new OtlpSink(plan.otlp, plan.build.version, await argumentOptions(plan), { spool, maxBytes, canWait }, counters),
    );
  }
  if (plan.journald) {
    const { JournaldSink } = await import("./journald/sink.ts");
    sinks.push(new JournaldSink(counters, await argumentOptions(plan)));
  }
  return sinks;
}

/** Returns whether arguments are exported, and how secrets are replaced. @throws UsageError */
async function argumentOptions({ hasArguments, redact }: ExportPlan): Promise<ArgumentOptions> {
  if (redact.length === 0) return { hasArguments };
  const { Redaction } = await import("../text/redact.ts");
  const redaction = new Redaction(redact);
  return { hasArguments, redact: (args, isCut) => redaction.redact(args, isCut) };
}
