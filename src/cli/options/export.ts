import { text } from "../values/common.ts";
import { listenAddress } from "../values/export.ts";
import { flag, type Options, valued, verbosity } from "./option.ts";

/** `exitsnoop export [options] [FILE]`. */
export const exportOptions = {
  prometheus: valued(
    "",
    "ADDR:PORT",
    listenAddress,
    "serve metrics to Prometheus at this address, as /metrics; :PORT listens on every address",
  ),
  "from-end": flag("", "skip what FILE has already, as tail -n 0 -F does; the default is to export it"),
  as: valued("", "USER", text, "if started as root, run as this user: a name or a number; the default is nobody"),
  ...verbosity,
} satisfies Options;
