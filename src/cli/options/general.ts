import { count, size, text } from "../values/common.ts";
import { common, flag, type Options, valued, verbosity } from "./option.ts";

/** The options that bound a trace and its resources. */
export const limitOptions = {
  count: valued("", "N", count, "stop after N exits"),
  for: common.stopAfter,
  "ring-size": valued(
    "",
    "SIZE",
    size,
    "size of the ring buffer: 1M by default, 4M if arguments, cgroups or resources are shown; rounded up as the kernel requires",
  ),
  btf: common.btf,
} satisfies Options;

/** The options for a COMMAND. */
export const childOptions = {
  as: valued("", "USER", text, "with a COMMAND: run it as this user"),
  "no-wait": flag("", "with a COMMAND: end when it ends, not when its last descendant does"),
} satisfies Options;

export const messageOptions = {
  ...verbosity,
  version: flag("V", "print the version, commit, target, runtime and libbpf"),
} satisfies Options;
