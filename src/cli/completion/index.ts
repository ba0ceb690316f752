/** The completion scripts, made from the tables of options and subcommands. */
import { bashCompletion } from "./bash.ts";
import { fishCompletion } from "./fish.ts";
import { zshCompletion } from "./zsh.ts";

/** The function that writes the script of each shell. */
export const completions: ReadonlyMap<string, () => string> = new Map([
  ["bash", bashCompletion],
  ["zsh", zshCompletion],
  ["fish", fishCompletion],
]);
