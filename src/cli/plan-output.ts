import { contradiction, UsageError } from "../errors.ts";
import type { Layout } from "../output/index.ts";
import { MAX_OUTPUTS, openDescriptor } from "../system/output-file.ts";
import { quotePath } from "../text/sanitize.ts";
import type { Destination } from "../trace/plan.ts";
import type { Host } from "./host.ts";

const STDOUT = 1;
const STDERR = 2;

interface OutputOptions {
  output?: readonly string[];
  truncate?: true;
  fifo?: true;
}

/**
 * Resolves --output, --truncate and --fifo. By default events go to stdout, or to stderr if a
 * child command runs. @throws UsageError
 */
export function resolveOutputs({ output: files, truncate, fifo }: OutputOptions, hasCommand: boolean): Destination[] {
  const outputs = files?.map((file) => toDestination(file, fifo)) ?? [{ fd: hasCommand ? STDERR : STDOUT }];
  if (outputs.length > MAX_OUTPUTS) {
    throw new UsageError(`--output is given ${outputs.length} times; ${MAX_OUTPUTS} outputs are the most`);
  }
  const twice = outputs.findIndex((one, i) => outputs.slice(0, i).some((other) => Bun.deepEquals(one, other)));
  if (files && twice >= 0) {
    throw new UsageError(`--output ${quotePath(files[twice]!)} is given twice; leave one out`);
  }
  if (truncate && !outputs.some((one) => "file" in one)) {
    throw new UsageError("--truncate needs a file to empty: exitsnoop --truncate -o FILE");
  }
  if (fifo && !outputs.some((one) => "file" in one)) {
    throw new UsageError("--fifo needs the name of one: exitsnoop --fifo -o FILE");
  }
  if (fifo && truncate) throw contradiction("--fifo", "--truncate");
  return outputs;
}

/** A name of an open descriptor means that descriptor, which is not opened again. */
function toDestination(file: string, isFifo?: true): Destination {
  const fd = file === "-" ? STDOUT : openDescriptor(file);
  return fd === undefined ? { file, ...(isFifo && { isFifo }) } : { fd };
}

/** Returns true if every output is a terminal. A file of --output never counts as one. */
export function areTerminals(outputs: readonly Destination[], { isTerminal }: Pick<Host, "isTerminal">): boolean {
  return outputs.every((output) => "fd" in output && isTerminal(output.fd));
}

/**
 * Checks the options of a format whose output is one document.
 * @throws UsageError if it would lack its beginning, or go to a terminal or between messages.
 */
export function checkDocument(
  layout: Layout,
  { "no-header": noHeader, threads }: { "no-header"?: true; threads?: true },
  outputs: readonly Destination[],
  { isTerminal }: Pick<Host, "isTerminal">,
): void {
  if (noHeader) throw contradiction("--no-header", `--format ${layout}`);
  if (layout === "html" && threads)
    throw new UsageError("--format html has a row for each process, not for its threads; leave --threads out");
  if (outputs.some((output) => "fd" in output && isTerminal(output.fd)))
    throw new UsageError(`--format ${layout} is a document for other programs, not for a terminal; add -o FILE`);
  if (outputs.some((output) => "fd" in output && output.fd === STDERR))
    throw new UsageError(`--format ${layout} is a document, and messages go to standard error, too; add -o FILE`);
}

/** Without --color, colors output on terminals unless NO_COLOR is set (https://no-color.org). */
export function hasColor(
  color: "auto" | "always" | "never" | undefined,
  outputs: readonly Destination[],
  host: Pick<Host, "isTerminal" | "environment">,
): boolean {
  if (color === "always" || color === "never") return color === "always";
  const { NO_COLOR, TERM } = host.environment;
  return areTerminals(outputs, host) && !NO_COLOR && TERM !== "dumb";
}
