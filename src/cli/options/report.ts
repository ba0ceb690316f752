import { reportFormats } from "../../views/report/report-data.ts";
import { oneOf } from "../values/common.ts";
import { childOptions, limitOptions } from "./general.ts";
import { flag, type Options, valued, verbosity } from "./option.ts";
import { outputOptions } from "./output.ts";

const { output, redact, truncate } = outputOptions;

/** `exitsnoop report [options] -- COMMAND`. */
export const reportOptions = {
  "report-format": valued(
    "",
    "FORMAT",
    oneOf(reportFormats),
    "text, markdown, json (one line) or junit (XML); the default is text on stderr or a terminal, else markdown",
  ),
  output: { ...output, help: "append the report to FILE, or write it to stdout (-); may be given several times" },
  truncate,
  redact,
  ...childOptions,
  "no-wait": flag("", "report as soon as COMMAND ends, not half a second later if descendants go on"),
  "no-crash": flag("", "do not record where processes crash"),
  "ring-size": limitOptions["ring-size"],
  btf: limitOptions.btf,
  ...verbosity,
} satisfies Options;
