/** Runs one package with ecli and exitsnoop, in both output forms, on the same calls. */
import { fixture, runToEnd } from "../tracer.ts";
import { type RunResult, type Form, Runner, type Tool } from "./runner.ts";
import { mark } from "./tools.ts";

export interface Options {
  /** The number of marked calls. */
  calls?: number;
  /** The expected lines of JSON, one per call by default. The plain form has a heading, too. */
  lines?: number;
  /** The package's own options, which follow `--`. */
  options?: string[];
  tools?: Tool[];
  forms?: Form[];
  /** Makes the calls instead of makeCalls(). */
  trigger?: () => Promise<unknown>;
  /** The time to wait for more output after the expected lines. */
  settleMs?: number;
}

export type Outcome = Record<Tool, Record<Form, RunResult>>;

/** The outcome of a tool or a form that was not run. */
const notRun: RunResult = { status: null, stdout: "", stderr: "" };
const MAX_OUTPUT_MS = 3000;

/** Starts all runners, makes the calls, waits for the expected lines, and ends all runners. */
export async function sideBySide(packagePath: string, wanted: Options = {}): Promise<Outcome> {
  const { calls = 4, lines = calls, options, settleMs = 100 } = wanted;
  const { tools = ["ecli", "exitsnoop"], forms = ["plain", "json"] } = wanted;
  const outcome: Outcome = { ecli: { plain: notRun, json: notRun }, exitsnoop: { plain: notRun, json: notRun } };
  const started = await Promise.all(
    tools.flatMap((tool) =>
      forms.map(async (form) => ({ tool, form, runner: await Runner.start(tool, packagePath, form, options) })),
    ),
  );
  await (wanted.trigger?.() ?? makeCalls(calls));
  await Promise.all(
    started.map(({ form, runner }) =>
      runner.until(() => runner.lines >= lines + (form === "plain" ? 1 : 0), MAX_OUTPUT_MS),
    ),
  );
  await Bun.sleep(settleMs);
  await Promise.all(
    started.map(async ({ tool, form, runner }) => {
      outcome[tool][form] = await runner.end();
    }),
  );
  return outcome;
}

/** Runs test/fixtures/marked-calls.c to its end. @throws Error if it fails. */
export async function makeCalls(calls: number, ...way: string[]): Promise<void> {
  const { status, stderr } = await runToEnd([fixture("marked-calls"), String(mark), String(calls), ...way]);
  if (status !== 0) throw new Error(`marked-calls ended with ${status}: ${stderr}`);
}

/** Returns the last lines of text that ends with a newline. */
export function lastLines(text: string, count: number): string[] {
  return text.split("\n").slice(0, -1).slice(-count);
}
