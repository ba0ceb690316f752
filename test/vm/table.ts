/** docs/kernels.md: which kernel gives what, as it was tried. */

/** The results of one kernel. */
export interface Tried {
  name: string;
  suite: string;
  /** `uname -r`, `-v` and `-m`. */
  release: string[];
  /** The limitations that the tracer itself reports on this kernel. */
  said: string[];
  /** The limitation by feature, null if there is none; no entry if the test failed. */
  lacks: Record<string, string | null>;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const line = (row: readonly string[]) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(" | ")} |`;
  const [header, ...rest] = rows;
  return [line(header!), `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`, ...rest.map(line)].join("\n");
}

/** @param tried of all kernels, in the order of the columns. */
export function describeKernels(tried: readonly Tried[], features: readonly string[]): string {
  const notes: string[] = [];
  const note = (text: string) => {
    if (!notes.includes(text)) notes.push(text);
    return notes.indexOf(text) + 1;
  };
  const cell = (lack: string | null | undefined) => {
    if (lack === undefined) return "**wrong**";
    return lack === null ? "yes" : lack.startsWith("no ") ? `no (${note(lack)})` : `in part (${note(lack)})`;
  };
  const releases = [
    ["", "release", "build", "machine", "Debian"],
    ...tried.map(({ name, suite, release: [release, build, machine] }) => [name, release!, build!, machine!, suite]),
  ];
  const matrix = [
    ["", ...tried.map(({ name }) => name)],
    ...features.map((feature) => [feature, ...tried.map(({ lacks }) => cell(lacks[feature]))]),
  ];
  const said = tried.filter((one) => one.said.length);
  return `# Kernels

\`npm run kernels\` wrote this file. It boots kernels as Debian builds them, under QEMU, each with the binary and the small programs of
\`test/fixtures\`, and holds what was recorded there against what \`wait4()\` and the kernel told those programs: with the same code as the tests of
\`test/e2e\`, which run on the machine's own kernel. \`npm run kernels -- 5.10\` tries one kernel, or several, and writes nothing. A guest
whose kernel dies of QEMU's own fault (\`Oops: int3\`: it lets a processor meet a breakpoint that is long gone) is booted again, and the run says so.

What a kernel can do is read from its own types (BTF) and found out by asking it, never from its version.

${table(releases)}

## What was tried

${table(matrix)}

${notes.map((text, i) => `(${i + 1}) ${text.replace(/^no /, "No ")}.`).join("  \n")}

Kernels from about 7.0 on can preempt a tracepoint's program (\`class_srcu_fast_notrace_t\` among their types), and leave it out for whoever
dies on that CPU meanwhile. A second program stands in there, two more for a COMMAND's family; who was seen by neither is counted as lost,
and a sentence of its own says so.

An ARM processor without an access flag of its own, as the emulated Cortex-A72, hides pages from programs that cannot wait. There only the
first 1023 bytes of \`args\` may be known of a process that only forked and never looked at them, or that the machine had no memory for.

## What the tracer says itself

Once, on stderr, when it begins: what the kernel under it cannot give of what was asked for (here \`--wide\`).

${said.map((one) => `- ${one.name}: ${one.said.map((line) => `"${line}"`).join(" ")}`).join("\n")}
- the others: nothing
`;
}
