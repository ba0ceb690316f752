/** Deaths of test/fixtures/killings.c, and what a record must say of each. */
import { signalName } from "../../src/record/signal-names.ts";
import type { Killer, WideEvent } from "./cgroups.ts";

/** What test/fixtures/killings.c prints of a death. */
export interface Truth {
  how: string;
  pid: number;
  status: number;
  killed_by: (Killer | null)[];
}

/** What it said on stdout: its deaths, and how many signals it sent beside them. */
export function readTruths(stdout: string): { truths: Truth[]; signals: number } {
  const lines = stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Truth | { signals: number });
  return {
    truths: lines.filter((line): line is Truth => "how" in line),
    signals: lines.reduce((sum, line) => sum + ("signals" in line ? line.signals : 0), 0),
  };
}

/** What is wrong with the records of these deaths; nothing is. */
export function mistakes(truths: readonly Truth[], of: (pid: number) => WideEvent[]): string[] {
  return truths.flatMap(({ how, pid, status, killed_by }) => {
    const records = of(pid).map(({ signal, exit_code, killed_by }) => ({ signal, exit_code, killed_by }));
    const fatal = status & 0x7f;
    const ending = { signal: fatal ? signalName(fatal) : null, exit_code: fatal ? null : status >> 8 };
    const isRight =
      records.length === 1 && killed_by.some((killer) => Bun.deepEquals(records[0], { ...ending, killed_by: killer }));
    return isRight ? [] : [`${how}: ${JSON.stringify(records)}, right: ${JSON.stringify({ ...ending, killed_by })}`];
  });
}
