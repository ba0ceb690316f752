import { noFTL } from "bun:jsc";

/**
 * Marks a small function that a loop over events calls: JavaScriptCore's last and costliest tier is spared for the loop, which has it
 * inlined in the end. By itself each would be compiled that way, too, which costs more than half of all the compiling.
 */
export function inlined<F extends (...args: any[]) => any>(part: F): F {
  noFTL(part);
  return part;
}
