/** What the build scripts share: running tools, several at a time, and saying what is being done. */
import { availableParallelism } from "node:os";

/** The project's own folder; everything the scripts name is relative to it. */
export const root = new URL("../..", import.meta.url).pathname;

export function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a tool, which may be given its stdin, and returns its stdout. @throws Error with the tool's own words where it fails. */
export async function run(command: string[], stdin?: string): Promise<string> {
  const child = Bun.spawn(command, {
    cwd: root,
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`${command.slice(0, 2).join(" ")} … ended with status ${status}\n${err || out}`);
  return out;
}

/** Runs the jobs on all processors, with a line of progress every two seconds. */
export async function inParallel<T>(what: string, jobs: T[], work: (job: T) => Promise<unknown>): Promise<void> {
  const queue = [...jobs];
  let told = Date.now();
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await work(job);
      if (Date.now() - told > 2000) {
        told = Date.now();
        log(`  ${what}: ${jobs.length - queue.length} of ${jobs.length}`);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Whether the target is missing or older than one of its sources. */
export async function isStale(target: string, sources: string[]): Promise<boolean> {
  const file = Bun.file(target);
  if (!(await file.exists())) return true;
  const times = await Promise.all(sources.map(async (source) => (await Bun.file(source).stat()).mtimeMs));
  return Math.max(...times) > file.lastModified;
}
