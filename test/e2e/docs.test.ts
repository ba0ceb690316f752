/** README.md and docs/: each command line in a `sh` block works. */
import { describe, expect, test } from "bun:test";
import { documents } from "../../scripts/docs/documents.ts";
import { commandLines, DocumentedMachine, missingPrograms, type Result } from "../support/documented-commands.ts";

/** A trace that is not quiet, and no other command of exitsnoop. */
const TRACE = /^sudo exitsnoop (?!(doctor|package|replay|run|help|version|man|schema|completion)\b)(?!.*(-qj|2>))/;

for (const path of documents()) {
  const lines = commandLines(path);
  if (!lines.length) continue;
  describe(path, () => {
    // later lines read what earlier ones write, so each document runs in its own folder, in order
    const machine = new DocumentedMachine();
    let before: Promise<unknown> = Promise.resolve();
    const runInTurn = (line: string): Promise<Result> => {
      const result = before.then(() => machine.run(line));
      before = result;
      return result;
    };
    const results = lines.map((line) => (missingPrograms(line).length ? undefined : runInTurn(line)));
    void before.finally(() => machine[Symbol.dispose]());

    for (const [i, line] of lines.entries()) {
      const missing = missingPrograms(line);
      if (missing.length) console.warn(`SKIPPED: ${path}: ${missing.join(", ")} is not installed: ${line}`);
      test.skipIf(missing.length > 0)(line, async () => {
        const { status, stdout, stderr } = (await results[i])!;
        if (status !== 0) throw new Error(`the status is ${status}: ${stderr || stdout}`);
        if (TRACE.test(line)) expect(stderr).toMatch(/^Tracing/m);
      });
    }
  });
}
