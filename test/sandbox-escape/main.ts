/**
 * exitsnoop with a compromised decoder: `npm run build -- --sandbox-escape` builds it as
 * build/exitsnoop-sandbox-escape. At the first exit it makes the attempts of attempts.ts in the
 * folder EXITSNOOP_ESCAPE_FOLDER, then again in a new thread, and reports the outcomes on stderr.
 * The released program contains none of this.
 */
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { Exit } from "../../src/exit/exit.ts";
import { tryAll } from "./attempts.ts";
import { tryBroker } from "./broker-requests.ts";
import { tryOwnFunctions } from "./own-functions.ts";

const MAX_WORKER_MS = 20_000;
const STDERR = 2;

const folder = process.env["EXITSNOOP_ESCAPE_FOLDER"];
const decode = Exit.prototype.update;

Exit.prototype.update = function (wallSeconds, wallNanoseconds) {
  Exit.prototype.update = decode;
  if (folder) {
    report("decoder", { ...tryAll(folder, true), ...tryOwnFunctions(), ...tryBroker(folder) });
    const done = new Int32Array(new SharedArrayBuffer(4));
    new Worker(new URL("./worker.ts", import.meta.url), { workerData: { folder, done } });
    if (Atomics.wait(done, 0, 0, MAX_WORKER_MS) === "timed-out") report("worker", {});
  }
  decode.call(this, wallSeconds, wallNanoseconds);
};

function report(who: string, outcomes: Record<string, string>): void {
  writeSync(STDERR, `escape-report ${JSON.stringify({ who, outcomes })}\n`);
}

await import("../../src/main.ts");
