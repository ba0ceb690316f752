/** A thread that the compromised decoder of main.ts starts. */
import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { tryAll } from "./attempts.ts";

const { folder, done } = workerData as { folder: string; done: Int32Array };

/** Waits for an operation that runs in the runtime's thread pool. */
async function outcomeOf(attempt: () => Promise<unknown>): Promise<string> {
  return attempt().then(
    () => "done",
    ({ code, message }: NodeJS.ErrnoException) => code ?? message,
  );
}

const background = {
  "Bun.write": await outcomeOf(() => Bun.write(`${folder}/bun`, "x".repeat(1_000_000))),
  "Bun.file.writer": await outcomeOf(async () => Bun.file(`${folder}/writer`).writer().end()),
  "Bun.spawn": await outcomeOf(async () => Bun.spawn(["/bin/true"]).exited),
};
writeSync(
  2,
  `escape-report ${JSON.stringify({ who: "worker", outcomes: { ...tryAll(folder, true), ...background } })}\n`,
);
Atomics.store(done, 0, 1);
Atomics.notify(done, 0);
