/** The same package in both runners, in both forms, on the same calls. */
import { fixture, runToEnd } from "../support/tracer.ts";
import { type Ended, type Form, type Name, Runner } from "./runner.ts";
import { mark } from "./tools.ts";

export interface Trial {
  /** How many marked calls are made. */
  calls?: number;
  /** Lines of -j that the calls give; without a number: one each. The plain form has a heading as well. */
  lines?: number;
  /** Options of the package. */
  options?: string[];
  names?: Name[];
  forms?: Form[];
  /** What makes the calls, where it is not the fixture with their number. */
  trigger?: () => Promise<unknown>;
  /** How long to wait for more after the lines are there, ms. */
  after?: number;
}

export type Outcome = Record<Name, Record<Form, Ended>>;

const nothing: Ended = { status: null, stdout: "", stderr: "" };

/** Starts all, lets the calls be made, waits until each has its lines (or never will), and ends all. */
export async function sideBySide(packagePath: string, trial: Trial = {}): Promise<Outcome> {
  const { calls = 4, lines = calls, options, names = ["ecli", "ours"], forms = ["plain", "json"], after = 100 } = trial;
  const outcome: Outcome = { ecli: { plain: nothing, json: nothing }, ours: { plain: nothing, json: nothing } };
  const started = await Promise.all(
    names.flatMap((name) =>
      forms.map(async (form) => ({ name, form, runner: await Runner.start(name, packagePath, form, options) })),
    ),
  );
  await (trial.trigger?.() ?? makeCalls(calls));
  await Promise.all(
    started.map(({ form, runner }) => runner.until(() => runner.lines >= lines + (form === "plain" ? 1 : 0), 3000)),
  );
  await Bun.sleep(after);
  await Promise.all(
    started.map(async ({ name, form, runner }) => {
      outcome[name][form] = await runner.end();
    }),
  );
  return outcome;
}

/** The fixture, to its end. */
export async function makeCalls(calls: number, ...way: string[]): Promise<void> {
  const { status, stderr } = await runToEnd([fixture("marked-calls"), String(mark), String(calls), ...way]);
  if (status !== 0) throw new Error(`the calls could not be made: ${status} ${stderr}`);
}
