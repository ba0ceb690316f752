/** Assembles programs whose machine code and unwind tables a test has to know. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Assembles and links a program in a folder. Returns its path. @param flags of clang. */
export function assemble(folder: string, name: string, source: string, flags: readonly string[] = []): string {
  const [program, path] = [join(folder, name), join(folder, `${name}.s`)];
  writeFileSync(path, source);
  const { success, stderr } = Bun.spawnSync(["clang", "-no-pie", ...flags, "-o", program, path]);
  if (!success) throw new Error(stderr.toString());
  return program;
}

/** Returns a function in assembly, without unwind tables unless its body has them. */
export const define = (name: string, body: string) => `
	.globl ${name}
	.type ${name}, @function
${name}:
${body}
	.size ${name}, . - ${name}
`;
