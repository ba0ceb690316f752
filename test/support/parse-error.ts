import { UsageError } from "../../src/errors.ts";
import { parse } from "../../src/cli/parse.ts";

/** Returns the message of the UsageError with which parse() refuses the arguments. */
export function parseError(args: readonly string[]): string {
  try {
    parse(args);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`${args.join(" ")} was accepted`);
}
