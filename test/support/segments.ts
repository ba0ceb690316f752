/** Directories of --keep: their segments, and their exits. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { REOPEN_USER } from "./reopening.ts";
import { binary, fixture, parseEvents, runToEnd, temporaryFolder } from "./tracer.ts";

export const MIB = 1024 * 1024;

/** Returns the name of a segment. */
export function segmentName(number: number, end = ".jsonl"): string {
  return `exits-${String(number).padStart(10, "0")}${end}`;
}

/** Returns the names of the segments in a directory, from the oldest to the newest. */
export function segmentsIn(directory: string): string[] {
  return readdirSync(directory)
    .filter((name) => /^exits-\d{10}\.(jsonl|csv|txt)$/.test(name) && lstatSync(`${directory}/${name}`).isFile())
    .toSorted();
}

/** Returns the bytes of all segments. */
export function bytesIn(directory: string): number {
  return segmentsIn(directory).reduce((sum, name) => sum + statSync(`${directory}/${name}`).size, 0);
}

/** Returns the exits in all segments. @throws SyntaxError if a line is broken. */
export function exitsIn(directory: string) {
  return segmentsIn(directory).flatMap((name) => parseEvents(readFileSync(`${directory}/${name}`, "utf8")).events);
}

/** The children of one parent, as waitpid(2) returned them. */
export interface Burst {
  died: number;
  parent: number;
}

/** Lets `count` processes of REOPEN_USER exit, and returns what their parent has waited for. */
export async function countedBurst(count: number): Promise<Burst> {
  const command = ["setpriv", `--reuid=${REOPEN_USER}`, "--clear-groups", fixture("exit-statuses")];
  const { stdout } = await runToEnd([...command, "burst", String(count)]);
  return JSON.parse(stdout) as Burst;
}

/** Creates a directory for segments, to which only root may write. */
export function segmentDirectory() {
  const folder = temporaryFolder();
  const directory = `${folder.path}/kept`;
  mkdirSync(directory, { mode: 0o700 });
  return { directory, path: folder.path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

/** Runs a trace without exits in a directory, which removes old segments at its start. */
export function runBriefly(directory: string, keep: string) {
  // the test process outlives the tracer
  const selectsNone = ["-p", String(process.pid)];
  return runToEnd([binary, "-j", ...selectsNone, "--for", "200ms", "-o", directory, "--keep", keep]);
}
