/** Programs that print the addresses of their functions, and the names that a symbolizer finds. */
import { Symbolizer } from "../../src/symbols/symbolizer.ts";
import { compile, type Running } from "./addresses.ts";
import { namesAt } from "./symbol-names.ts";

const flags = {
  pie: ["-fPIE", "-pie"],
  fixed: ["-fPIC", "-no-pie"],
  static: ["-static"],
  stripped: ["-fPIE", "-pie", "-s"],
  exported: ["-fPIE", "-pie", "-s", "-rdynamic"],
};

export type ProgramKind = keyof typeof flags;

/** Compiles test/fixtures/addresses.c in one way. Returns the path of the program. */
export async function compileProgram(folder: string, kind: ProgramKind): Promise<string> {
  return compile(`${folder}/${kind}`, ...flags[kind]);
}

/** Returns the names found at the first byte of a function and at its sixth. */
export function namesOfFunction(program: Running, name: string, symbolizer = new Symbolizer()): string[][] {
  const names = symbolizer.process(program.pid);
  return [0n, 5n].map((offset) => namesAt(names, program.at(name) + offset));
}

/** Returns what namesOfFunction() returns for a function with this name and no other. */
export const uniqueName = (name: string) => [[`${name}+0x0`], [`${name}+0x5`]];
