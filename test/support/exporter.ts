/** Runs `exitsnoop export`, and makes the lines that it reads. */
import { chmodSync } from "node:fs";
import { expect } from "bun:test";
import { binary, temporaryFolder } from "./tracer.ts";

export const line = (pid: number, more: object = {}) =>
  `${JSON.stringify({ event: "exit", time: "2026-11-30T10:00:00.000000001Z", pid, comm: "a", exit_code: 0, ...more })}\n`;
export const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => line(first + i)).join("");
export const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
export const numerically = (values: readonly number[]) => values.toSorted((a, b) => a - b);

export interface Exporter {
  /** Waits for the end. */
  end(): Promise<{ status: number | null; stderr: string }>;
  process: Bun.Subprocess<"pipe", "pipe", "pipe">;
}

export function start(args: readonly string[], input?: string): Exporter {
  const process = Bun.spawn([binary, "export", ...args], { stdin: "pipe", stdout: "pipe", stderr: "pipe" });
  if (input !== undefined) {
    process.stdin.write(input);
    void process.stdin.end();
  }
  const stderr = process.stderr.text();
  return { process, end: async () => ({ status: await process.exited, stderr: await stderr }) };
}
export const run = (args: readonly string[], input: string) => start(args, input).end();

export async function until(isTrue: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !isTrue(); i++) await Bun.sleep(20);
  expect(isTrue()).toBe(true);
}

/** A directory that user nobody can reach. */
export function openFolder() {
  const folder = temporaryFolder();
  chmodSync(folder.path, 0o755);
  return folder;
}
