/** Real output of --format json matches the schema that the same binary prints. */
import { expect, test } from "bun:test";
import { lineValidator } from "../support/json-schema.ts";
import { SimultaneousExits } from "../support/simultaneous-exits.ts";
import { binary, fixture, runToEnd, shell, Tracer } from "../support/tracer.ts";

const violations = lineValidator(JSON.parse((await runToEnd([binary, "schema"])).stdout));

const script = `
  sh -c 'exit 3'
  sh -c 'kill -KILL $$'
  sh -c 'kill -SEGV $$'
  sh -c 'kill -36 $$'
  sh -c 'sleep 60 & kill $!'
  ${fixture("resource-usage")} 1 'joined threads'
  $(which printf) '\\377\\033\\n' "$(printf '\\377\\001')"
  true`;

async function linesOf(options: readonly string[]): Promise<string[]> {
  const { stdout, stderr, status } = await runToEnd([
    ...[binary, "--quiet", ...options, "--output", "-", "--"],
    ...shell(`exec >/dev/null 2>&1; ${script}`),
  ]);
  if (status !== 0) throw new Error(`the tracer ended with ${status}: ${stderr}`);
  return stdout.trimEnd().split("\n");
}

test.each(["--json", "--json --wide", "--json --threads", "--json --wide --threads"])(
  "%s: every line matches the schema",
  async (options) => {
    const lines = await linesOf(options.split(" "));
    expect(lines.length).toBeGreaterThan(8);
    expect(lines.flatMap(violations)).toEqual([]);
  },
);

test("--json with a full ring: the lines of lost exits match the schema", async () => {
  await using batch = await SimultaneousExits.start(1000);
  const tracer = await Tracer.start(["--json", "--ring-size", "4K", "--ppid", `${batch.process.pid}`]);
  tracer.process.kill("SIGSTOP");
  await batch.exitAll();
  tracer.process.kill("SIGCONT");
  const { stdout } = await tracer.end();
  const lines = stdout.trimEnd().split("\n");
  expect(lines.filter((line) => line.startsWith('{"event":"lost"')).length).toBeGreaterThan(0);
  expect(lines.flatMap(violations)).toEqual([]);
});
