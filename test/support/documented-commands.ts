/** The command lines in README.md and docs/, and a folder in which they can run. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { binary, temporaryFolder } from "./tracer.ts";

const root = new URL("../..", import.meta.url).pathname;

/** The time after attaching when a trace that does not end by itself gets SIGINT, ms. */
const TRACE_TIME = 700;

/** A line that ends by itself: it has a COMMAND, or prints no line that says that it traces. */
const ENDS_BY_ITSELF = /\bmake\b| -- |-qj/;

/** The number that stands for the pid of a running process in the documents. */
const EXAMPLE_PID = /\b4242\b/g;

/** A makefile whose target `test` has a step that fails; make goes on. */
const MAKEFILE = "test:\n\t-@sh -c 'exit 3' 2>/dev/null\n\t@true\n";

/** Programs other than exitsnoop that a machine may not have. */
const OTHER_PROGRAMS = ["jq", "duckdb", "sqlite3", "make", "gcc"];

/** Processes that fail, are killed, and succeed, again and again. */
const ACTIVITY = "while :; do sh -c 'exit 3'; sh -c 'kill -9 $$'; true; sleep 0.2; done";

/** Returns the lines of the `sh` blocks that are not preceded by the comment `not run`. */
export function commandLines(path: string): string[] {
  const text = readFileSync(root + path, "utf8");
  const blocks = [...text.matchAll(/(<!-- not run: [^\n]* -->\n\n)?^```sh\n([^]*?)^```$/gm)];
  return blocks.flatMap(([, isNotRun, lines]) => (isNotRun ? [] : joined(lines!)));
}

/** Joins lines that end in a backslash with the next one. */
function joined(text: string): string[] {
  return text
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim());
}

/** Returns the programs that a line needs and this machine lacks. */
export function missingPrograms(line: string): string[] {
  const words = line.split(/[^\w-]+/);
  return OTHER_PROGRAMS.filter((name) => words.includes(name) && !Bun.which(name));
}

export interface Result {
  status: number | null;
  stdout: string;
  stderr: string;
}

/**
 * A folder with the programs and files that the documents mention, and processes that exit
 * meanwhile. `exitsnoop` is the compiled binary.
 */
export class DocumentedMachine implements Disposable {
  #folder = temporaryFolder();
  #activity: Bun.Subprocess;
  #env: Record<string, string>;

  constructor() {
    const bin = `${this.#folder.path}/bin`;
    mkdirSync(bin);
    const program = (name: string, text: string) =>
      writeFileSync(`${bin}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    program("exitsnoop", `echo $$ >"$HOME/pid"\nexec ${binary} "$@"`);
    program("sudo", 'exec "$@"');
    program("pidof", "echo $PPID");
    writeFileSync(`${this.#folder.path}/Makefile`, MAKEFILE);
    this.#env = { PATH: `${bin}:${process.env["PATH"]}`, HOME: this.#folder.path, USER: "root", TERM: "dumb" };
    this.#activity = Bun.spawn(["sh", "-c", ACTIVITY], { stdio: ["ignore", "ignore", "ignore"] });
  }

  /** Runs a line with bash. A process with the example's pid is killed once the tracer runs. */
  async run(line: string): Promise<Result> {
    const target = Bun.spawn(["sleep", "60"], { stdio: ["ignore", "ignore", "ignore"] });
    const command = ["bash", "-o", "pipefail", "-c", line.replace(EXAMPLE_PID, String(target.pid))];
    const child = Bun.spawn(command, {
      cwd: this.#folder.path,
      env: this.#env,
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    let timer: ReturnType<typeof setTimeout> | undefined;
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.text(),
      this.#readStderr(child.stderr, () => {
        target.kill("SIGKILL");
        if (!ENDS_BY_ITSELF.test(line)) timer = setTimeout(() => this.#interrupt(), TRACE_TIME);
      }),
      child.exited,
    ]);
    // the file has the pid of the next tracer soon
    clearTimeout(timer);
    target.kill("SIGKILL");
    await target.exited;
    return { status, stdout, stderr };
  }

  /** Reads all of stderr, and calls `onAttached` once the tracer has reported that it traces. */
  async #readStderr(stream: ReadableStream<Uint8Array>, onAttached: () => void): Promise<string> {
    const decoder = new TextDecoder();
    let [text, isAttached] = ["", false];
    for await (const chunk of stream) {
      text += decoder.decode(chunk, { stream: true });
      if (isAttached || !/^(Tracing|Running)/m.test(text)) continue;
      isAttached = true;
      onAttached();
    }
    return text;
  }

  #interrupt(): void {
    try {
      process.kill(Number(readFileSync(`${this.#folder.path}/pid`, "utf8")), "SIGINT");
    } catch {
      // it has ended by itself
    }
  }

  [Symbol.dispose](): void {
    this.#activity.kill("SIGKILL");
    this.#folder[Symbol.dispose]();
  }
}
