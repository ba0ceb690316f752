import type { Exit } from "../exit/exit.ts";
import { compileGlobs } from "../filter/glob-match.ts";
import { type Choice, isOn } from "../filter/selection.ts";
import { ByteWriter, type Column, columns } from "../output/index.ts";
import { writeTableArgs } from "../output/columns.ts";
import { ExitFlag } from "../record/layout.ts";

/**
 * Returns the filter of --args: it compares the command line as the table shows it without
 * --redact, quoted for a shell. A process without arguments has its name there. Undefined if the
 * filter is off.
 */
export function argsFilter(choice: Choice<string>): ((exit: Exit) => boolean) | undefined {
  if (!isOn(choice)) return undefined;
  const matches = compileGlobs(choice);
  const text = new ByteWriter();
  const comm: Column = columns.find(({ key }) => key === "comm")!;
  const writeComm = comm.table ?? comm.write;
  return (exit) => {
    text.reset();
    if (exit.has(ExitFlag.argsKnown)) writeTableArgs(text, exit, exit.unredactedArgs);
    if (!text.length) writeComm(text, exit);
    return matches(text.bytes, text.length);
  };
}
