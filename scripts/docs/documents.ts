/** The documents, their format, and the parts that need no trace. */
import { root } from "../build/run.ts";
import type { Generator } from "./blocks.ts";
import { performanceMachine, performanceTable } from "./figures.ts";
import { columnsTable } from "./tables.ts";

/** The documents' paths, README.md first. */
export function documents(): string[] {
  return ["README.md", ...[...new Bun.Glob("docs/**/*.md").scanSync(root)].toSorted()];
}

/** Returns whether a screen is among those that the command line names; without names, all are. */
export function isWanted(names: readonly string[]): (name: string) => boolean {
  return (name) => !names.length || names.includes(name);
}

/** The parts that are made from tables and measured figures. */
export const staticParts: Readonly<Record<string, Generator>> = {
  columns: columnsTable,
  performance: (rows) => `${performanceTable(rows.length ? rows.map(Number) : undefined)}\n\n${performanceMachine()}`,
};

/** Returns the document as `bun fmt` formats it. */
export async function formatted(path: string, text: string): Promise<string> {
  const child = Bun.spawn([process.execPath, "fmt", `--stdin-filepath=${path}`], {
    cwd: root,
    stdin: Buffer.from(text),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [result, errors, status] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
  if (status !== 0) throw new Error(`bun fmt: ${path}: ${errors}`);
  return result;
}
