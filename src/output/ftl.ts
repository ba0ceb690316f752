import { noFTL } from "bun:jsc";

/**
 * Excludes a small function from FTL, the optimizing compiler of JavaScriptCore: the loop over the
 * exits is compiled with the function inlined, so compiling the function by itself as well would
 * more than double the compile time.
 */
export function withoutFtl<F extends (...args: any[]) => any>(part: F): F {
  noFTL(part);
  return part;
}
