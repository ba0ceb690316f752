/** Runs the binary while one of its system calls fails, by test/fixtures/failing. */
import { readFileSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { fixture, runToEnd } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
/** A relative path: the tracer gets a private /tmp, which would hide a project below /tmp. */
export const binary = "dist/exitsnoop";

/** A call and its failure. */
export interface Fault {
  call: string;
  /** `3` is the third call, `3+` the third and all later ones, `odd` every other one. */
  which: string;
  /** An errno, or negative the number of bytes that each write accepts. */
  how: number;
}

export interface Outcome {
  /** All calls that could fail, in their order. */
  calls: string[];
  failed: number;
  status: number | null;
  /** Failures of any kind: a hang, a fatal signal, processes or files that are left. */
  wrong: string[];
  stdout: string;
  stderr: string;
  ms: number;
}

const NO_FAULT: Fault = { call: "-", which: "1", how: 0 };

/**
 * @param program the program instead of the binary.
 * @param via the prefix of the command.
 */
export async function runFailing(
  args: readonly string[],
  fault: Fault = NO_FAULT,
  { program = binary, via = [] }: { program?: string | undefined; via?: string[] | undefined } = {},
): Promise<Outcome> {
  const report = `${root}build/faults/report-${process.pid}-${runs++}`;
  const { call, which, how } = fault;
  const command = [...via, fixture("failing"), report, call, which, String(how), program, ...args];
  const { stdout, stderr, status } = await runToEnd(command, { cwd: root });
  if (status !== 0) throw new Error(`failing ended with ${status}: ${stderr}`);
  const lines = readFileSync(report, "utf8").trimEnd().split("\n");
  await Bun.file(report).delete();
  const all = (word: string) =>
    lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
  const wrong = lines.filter((line) => /^(hung|signal|left|tmp)\b/.test(line));
  return {
    calls: all("call"),
    failed: Number(all("failed")[0]),
    status: all("status").map(Number)[0] ?? null,
    ms: Number(all("ms")[0]),
    wrong,
    stdout,
    stderr,
  };
}

let runs = 0;

/** `bpf PROG_LOAD 3: ENOMEM` */
export function nameOf({ call, which, how }: Fault): string {
  const error = how < 0 ? `at most ${-how} bytes` : (getSystemErrorMap().get(-how)?.[0] ?? String(how));
  return `${call} ${which}: ${error}`;
}
