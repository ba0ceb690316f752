/** The JSON Schema of a report. */
import { COUNT, schemaOf } from "../../output/columns/column.ts";
import { type Column, pick } from "../../output/columns.ts";
import { reportColumns } from "./reported-process.ts";

const described = (description: string, schema: object) => ({ description, ...schema });
const listOf = (properties: Record<string, object>, others: object = {}) => ({
  type: "array",
  items: { type: "object", properties, required: Object.keys(properties), ...others },
});

const COMMAND = described("the arguments as a shell shows them, or the name; a long one is cut", { type: "string" });

/** The keys of an exit, with `command` in place of `args`. --no-crash leaves `crash` out. */
const process: Record<string, object> = Object.fromEntries(
  pick(reportColumns).map((column: Column) =>
    column.key === "args" ? ["command", COMMAND] : [column.key, described(column.help, schemaOf(column))],
  ),
);
const processes = listOf(process, { required: Object.keys(process).filter((key) => key !== "crash") });

export const reportProperties: Record<string, object> = {
  time: described("when the report was made", { type: "string", format: "date-time" }),
  command: described("COMMAND as a shell shows it; a long one is cut", { type: "string" }),
  exit_code: described("the exit code of COMMAND; null: a signal killed it, or it still runs", {
    type: ["integer", "null"],
  }),
  signal: described("the signal that killed COMMAND", { type: ["string", "null"] }),
  core_dumped: described("true if COMMAND dumped core", { type: "boolean" }),
  status: described("the exit status of exitsnoop", COUNT),
  duration_ns: described("how long COMMAND ran", COUNT),
  exits: described("COMMAND and its descendants that ended", COUNT),
  failed: described("those with an exit code other than 0", COUNT),
  killed: described("those that a signal killed", COUNT),
  oom_killed: described("those that the OOM killer killed, which are also in `killed`", COUNT),
  swallowed: described("those of `failures` that failed or were killed and were swallowed", COUNT),
  lost: described("exits that are missing in all numbers", COUNT),
  max_rss_bytes: described("the memory of the largest process", COUNT),
  fail_on: described(
    "the events of --fail-on that occurred",
    listOf({ event: { type: "string" }, count: { ...COUNT, minimum: 1 } }),
  ),
  left_running: described("how many descendants still run, with COMMAND if it does", COUNT),
  running: described(
    "some of them; pid is the tracer's",
    listOf({ pid: COUNT, comm: { type: ["string", "null"] }, command: { type: ["string", "null"] } }),
  ),
  failures_left_out: described("failures that found no room in `failures`", COUNT),
  cpu_user_ns: described("CPU time of all exits in user mode", COUNT),
  cpu_system_ns: described("CPU time of all exits in the kernel", COUNT),
  failures: described(
    "the processes that failed or were killed, and those above them, each before its children",
    listOf({
      depth: described("how many processes are above it here", COUNT),
      count: described("how many equal processes it stands for", { ...COUNT, minimum: 1 }),
      failed: described("false: it ended with 0, and one below it failed", { type: "boolean" }),
      swallowed: described("true if it failed, and a process above it or COMMAND ended with 0", { type: "boolean" }),
      swallowed_by: described("the id of the nearest process above it here that ended with 0", {
        type: ["string", "null"],
      }),
      process: processes.items,
    }),
  ),
  slowest: described("the processes that lived longest", processes),
  most_cpu: described("the processes that took most CPU time", processes),
  largest: described("the processes that had most memory", processes),
};
export const reportRequired: readonly string[] = Object.keys(reportProperties);
