/** Writes docs/kernels.md: which features work on which kernel. */
import { MAX_STORED_ARGS } from "../../src/record/layout.ts";

/** The results of one kernel. */
export interface KernelResult {
  name: string;
  suite: string;
  /** The output of `uname -r`, `-v` and `-m`. */
  release: string[];
  /** The limitations that the tracer itself reports on this kernel. */
  reported: string[];
  /** The limitation by feature, null if there is none; no entry if the test failed. */
  limitations: Record<string, string | null>;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [header, ...rest] = rows;
  return [line(header!), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join("\n");
}

/** Returns a line for each limitation that the tracer reports, with the kernels that have it. */
function describeReports(results: readonly KernelResult[]): string {
  const messages = [...new Set(results.flatMap(({ reported }) => reported))];
  const lines = messages.map((message) => {
    const names = results.filter(({ reported }) => reported.includes(message)).map(({ name }) => name);
    return `- ${names.join(", ")}: "${message}"`;
  });
  const others = results.some(({ reported }) => !reported.length) ? ["- all others: none"] : [];
  return [...lines, ...others].join("\n");
}

/** @param results the results of all kernels, in the order of the columns. */
export function describeKernels(results: readonly KernelResult[], features: readonly string[]): string {
  const notes: string[] = [];
  const note = (text: string) => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const cell = (limitation: string | null | undefined) => {
    if (limitation === undefined) return "**wrong**";
    if (limitation === null) return "yes";
    return `${limitation.startsWith("no ") ? "no" : "in part"} (${note(limitation)})`;
  };
  const releases = [
    ["", "release", "build", "machine", "Debian"],
    ...results.map(({ name, suite, release: [release, build, machine] }) => [name, release!, build!, machine!, suite]),
  ];
  const matrix = [
    ["", ...results.map(({ name }) => name)],
    ...features.map((feature) => [feature, ...results.map(({ limitations }) => cell(limitations[feature]))]),
  ];
  return `# Kernels

exitsnoop needs Linux 5.8 or newer with BTF, or with \`--btf FILE\`. It reads a kernel's features from its types (BTF) and
from probes, never from its version.

## Features

${table(matrix)}

${notes.map((text, i) => `(${i + 1}) ${text.replace(/^no /, "No ")}.`).join("  \n")}

Kernels from about 7.0 on can preempt a tracepoint's program (\`class_srcu_fast_notrace_t\` is among their types), and
skip it for processes that exit on that CPU meanwhile. A fallback program records these exits, and two more track a
COMMAND's descendants. An exit that no program saw is counted as lost, and reported in a message of its own.

An ARM CPU without a hardware access flag, as the emulated Cortex-A72, hides pages from programs that cannot sleep.
There \`args\` may have only its first ${MAX_STORED_ARGS} bytes for a process that only forked and never read its
arguments, or that the OOM killer chose.

## Messages about limitations

exitsnoop prints them once on stderr when it starts: what this kernel cannot provide of the requested columns (here with
\`--wide\`).

${describeReports(results)}

## How this was tested

\`npm run kernels\` wrote this file. It boots kernels as Debian builds them under QEMU, each with the binary and the
programs of \`test/fixtures\`, and compares the output with what \`wait4()\` and the kernel reported to those programs: with
the same code as the tests of \`test/e2e\`, which run on the machine's own kernel. \`npm run kernels -- 5.10\` tests one
kernel, or several, and writes nothing. After a fault of QEMU (\`Oops: int3\`: a CPU runs into a breakpoint that is
already removed) the VM is booted again, and the run says so.

${table(releases)}
`;
}
