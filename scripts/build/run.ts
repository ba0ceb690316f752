/** Helpers of all build scripts: run tools, several at once, and log progress. */
import { availableParallelism } from "node:os";

/** The project's folder, with a slash at the end. Scripts name all files relative to it. */
export const root = new URL("../..", import.meta.url).pathname;

/** Prints a line of progress on stderr. */
export function log(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Runs a tool and returns its stdout. @throws Error with the tool's messages if it fails. */
export async function run(command: string[], stdin?: string): Promise<string> {
  const child = Bun.spawn(command, {
    cwd: root,
    stdin: stdin === undefined ? "ignore" : Buffer.from(stdin),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [out, err, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`${command.slice(0, 2).join(" ")} … ended with status ${status}\n${out}${err}`);
  return out;
}

/** Runs a command that prints to this process's stdout. Returns whether it ended with 0. */
export async function succeeds(command: readonly string[], environment: Record<string, string> = {}): Promise<boolean> {
  const env = { ...process.env, ...environment };
  const child = Bun.spawn([...command], { cwd: root, env, stdout: "inherit", stderr: "inherit" });
  return (await child.exited) === 0;
}

/** Runs the jobs on all CPUs. Logs the progress every two seconds. */
export async function inParallel<T>(what: string, jobs: T[], work: (job: T) => Promise<unknown>): Promise<void> {
  const queue = [...jobs];
  let lastLog = Date.now();
  const worker = async () => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      await work(job);
      if (Date.now() - lastLog > 2000) {
        lastLog = Date.now();
        log(`  ${what}: ${jobs.length - queue.length} of ${jobs.length}`);
      }
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Returns whether the target is missing or older than one of its sources. Paths are absolute. */
export async function isStale(target: string, sources: string[]): Promise<boolean> {
  const file = Bun.file(target);
  if (!(await file.exists())) return true;
  const times = await Promise.all(sources.map(async (source) => (await Bun.file(source).stat()).mtimeMs));
  return Math.max(...times) > file.lastModified;
}
