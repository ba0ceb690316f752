import { oneOf, text } from "../values/common.ts";
import { compressions, listenAddress, otlpProtocols, otlpUrl, resourceAttribute, spoolSize } from "../values/export.ts";
import { common, flag, list, type Options, valued, verbosity } from "./option.ts";

/** `exitsnoop export [options] [FILE]`. */
export const exportOptions = {
  prometheus: valued(
    "",
    "ADDR:PORT",
    listenAddress,
    "serve metrics to Prometheus at this address, under /metrics; :PORT listens on every address",
  ),
  otlp: valued(
    "",
    "URL",
    otlpUrl,
    "send log records to an OpenTelemetry Collector by OTLP/HTTP, for example to http://host:4318; /v1/logs is added if the URL has no path",
  ),
  "otlp-protocol": valued("", "FORM", oneOf(otlpProtocols), "the form of the records: protobuf (default) or json"),
  "otlp-compression": valued("", "METHOD", oneOf(compressions), "how requests are compressed: gzip (default) or none"),
  "otlp-headers": valued(
    "",
    "FILE",
    text,
    "a file with headers for each request, such as Authorization, each on a line as Name: value; only its owner should be able to read it",
  ),
  "otlp-ca": valued(
    "",
    "FILE",
    text,
    "the certificates (PEM) that sign the server's for https; the default are those that browsers trust",
  ),
  resource: list(
    "",
    "KEY=VALUE",
    resourceAttribute,
    "an attribute of every record's resource, such as host.name=node1, which replaces the machine's; may be given several times",
  ),
  journald: flag(
    "",
    "write the events to the journal of systemd; if started as root, journalctl --unit shows the end of a process among the messages of its unit",
  ),
  args: flag("", "export arguments of processes as well, which may hold secrets"),
  redact: common.redact,
  spool: valued(
    "",
    "DIR",
    text,
    "keep what is not sent yet, and the position in FILE, in this directory, where the next export finds it; without it, at most 32M wait in memory",
  ),
  "spool-size": valued(
    "",
    "SIZE",
    spoolSize,
    "the largest size of the spool; beyond it the oldest are dropped; the default is 256M",
  ),
  "from-end": flag("", "skip what FILE has already, as tail -n 0 -F does; the default is to export it"),
  confirm: flag(
    "",
    "for a supervisor: print lines to stdout with how many bytes of stdin were sent or are in the spool",
  ),
  as: valued("", "USER", text, "if started as root, run as this user: a name or a number; the default is nobody"),
  ...verbosity,
} satisfies Options;
