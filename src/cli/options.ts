/** The one table of options: parsing, checking, and `--help` are made from it. Letters follow BCC and libbpf-tools. */
import type { GenericSchema } from "valibot";
import { formatNames, timeForms } from "../output/index.ts";
import { count, duration, oneOf, pids, size } from "./values.ts";

export interface Option {
  short?: string;
  /** What stands for the value in the help; none: the option is a switch. */
  value?: string;
  /** From the text to the value. */
  schema?: GenericSchema<string, unknown>;
  /** May be given several times; the lists are joined. */
  isList?: boolean;
  help: string;
}

export const options = {
  failed: { short: "x", help: "only exits with a code other than 0, and deaths by signal" },
  pid: { short: "p", value: "PID[,PID…]", schema: pids, isList: true, help: "only these processes" },
  format: { short: "f", value: "FORMAT", schema: oneOf(formatNames), help: "table (default), json, csv or ecli" },
  json: { short: "j", help: "the same as --format json" },
  time: {
    value: "FORM",
    schema: oneOf(timeForms),
    help: "the table's times: local (default), utc, iso, unix, delta or none",
  },
  timestamp: { short: "t", help: "the same as --time local" },
  utc: { help: "the same as --time utc" },
  "no-header": { help: "no line of headings" },
  color: {
    value: "WHEN",
    schema: oneOf(["auto", "always", "never"]),
    help: "auto (default: on a terminal, unless NO_COLOR is set), always or never",
  },
  count: { value: "N", schema: count, help: "stop after N exits" },
  for: { value: "TIME", schema: duration, help: "stop after TIME: 250ms, 10s, 5m, 2h, 1d; a bare number is seconds" },
  "ring-size": {
    value: "SIZE",
    schema: size,
    help: "the ring buffer (default 256K), rounded up to what the kernel takes",
  },
  quiet: { short: "q", help: "say nothing but losses and errors" },
  verbose: { short: "v", help: "say what is being done, libbpf's messages included" },
  help: { short: "h", help: "show this" },
  version: { short: "V", help: "show the version" },
} as const satisfies Record<string, Option>;

export type OptionName = keyof typeof options;
