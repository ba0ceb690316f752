import type { Exit } from "../exit/exit.ts";
import { compileGlobs } from "../filter/glob-match.ts";
import { type Choice, isOn } from "../filter/selection.ts";
import { ByteWriter, type Column, columns } from "../output/index.ts";

/**
 * Returns the filter of --args: it compares the command line as the table shows it, quoted for a
 * shell. A process without arguments has its name there. Undefined if the filter is off.
 */
export function argsFilter(choice: Choice<string>): ((exit: Exit) => boolean) | undefined {
  if (!isOn(choice)) return undefined;
  const matches = compileGlobs(choice);
  const text = new ByteWriter();
  const [args, comm] = [columnOf("args"), columnOf("comm")];
  return (exit) => {
    text.reset();
    if (!args.isAbsent?.(exit)) writeAsShown(text, args, exit);
    if (!text.length) writeAsShown(text, comm, exit);
    return matches(text.bytes, text.length);
  };
}

function columnOf(key: string): Column {
  return columns.find((column) => column.key === key)!;
}

function writeAsShown(out: ByteWriter, column: Column, exit: Exit): void {
  (column.table ?? column.write)(out, exit);
}
