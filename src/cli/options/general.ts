import { failOnEvents } from "../../trace/fail-on.ts";
import { count, listOf, oneOf, ringSize, text } from "../values/common.ts";
import { common, flag, list, type Options, valued, verbosity } from "./option.ts";

/** The options that bound a trace and its resources. */
export const limitOptions = {
  count: valued("", "N", count, "stop after N exits"),
  for: common.stopAfter,
  "ring-size": valued(
    "",
    "SIZE",
    ringSize,
    "size of the ring buffer: 2M by default, 4M if arguments, cgroups or resources are shown; rounded up as the kernel requires",
  ),
  btf: common.btf,
} satisfies Options;

/** The options for a COMMAND. */
export const childOptions = {
  as: valued("", "USER", text, "run COMMAND as this user"),
  "no-wait": flag("", "end when COMMAND ends, not when its last descendant does"),
  "fail-on": list(
    "",
    "EVENT…",
    listOf(oneOf(failOnEvents)),
    "exit with 3 if COMMAND or a descendant was killed (signal, oom), dumped core (core) or is left running (orphans)",
  ),
} satisfies Options;

export const messageOptions = {
  ...verbosity,
  version: flag("V", "print the version, commit, target, runtime and libbpf"),
} satisfies Options;
