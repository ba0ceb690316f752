/** Runs the binary with one of its system calls failing (test/fixtures/failing.c), and judges how it takes that. */
import { readFileSync } from "node:fs";
import { getSystemErrorMap } from "node:util";
import { constants } from "node:os";
import { fixture, runToEnd } from "../support/tracer.ts";

const root = new URL("../..", import.meta.url).pathname;
/** Relative, since the tracer has a /tmp of its own, below which the project may lie. */
export const binary = "dist/exitsnoop";

/** Which call fails, and how. */
export interface Fault {
  call: string;
  /** `3`, `3+` for the third and all that follow, `odd` for every other one. */
  which: string;
  /** An errno; negative: of each write only so many bytes are taken. */
  how: number;
}

export interface Outcome {
  /** All calls that could have failed, in their order. */
  calls: string[];
  failed: number;
  status: number | null;
  /** What must never be: it hung, died of a signal, left processes or files. */
  wrong: string[];
  stdout: string;
  stderr: string;
  ms: number;
}

const none: Fault = { call: "-", which: "1", how: 0 };

/** @param program what is run where it is not the binary. @param via what runs the launcher. */
export async function runFailing(
  args: readonly string[],
  fault: Fault = none,
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

export function errnoOf(name: keyof typeof constants.errno): number {
  return constants.errno[name];
}

/** `bpf PROG_LOAD 3: ENOMEM` */
export function nameOf({ call, which, how }: Fault): string {
  const error = how < 0 ? `at most ${-how} bytes` : (getSystemErrorMap().get(-how)?.[0] ?? String(how));
  return `${call} ${which}: ${error}`;
}
