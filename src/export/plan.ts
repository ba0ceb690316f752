import type { Attribute } from "../otlp/log-record.ts";
import type { BodyType } from "./spool/batch-name.ts";

/** The address that Prometheus scrapes. */
export interface ListenAddress {
  /** An IP address; `::` is every address of this machine. */
  host: string;
  port: number;
}

/** The version of the exporter. */
export interface BuildInfo {
  version: string;
  commit?: string;
}

/** The server that log records are sent to, and how. */
export interface OtlpPlan {
  /** The address of requests, with their path. */
  url: string;
  protocol: BodyType;
  isCompressed: boolean;
  /** A file with headers of each request, as those with a secret. */
  headersFile: string | undefined;
  /** A file with the certificates that sign the server's, as PEM; undefined: public ones do. */
  caFile: string | undefined;
  /** Attributes of every resource. */
  resource: readonly Attribute[];
}

/** The directory in which batches and the position in FILE outlive the exporter. */
interface SpoolPlan {
  directory: string;
  /** The bytes of the batches in it, at most. */
  maxBytes: number;
}

/** Everything that the options decide about an export. */
export interface ExportPlan {
  /** The JSON lines; undefined: stdin. */
  file: string | undefined;
  /** True if stdout gets how many bytes of stdin are safe. */
  confirms: boolean;
  /** True if a regular file is read from its end on. */
  startsAtEnd: boolean;
  /** The user that root becomes; undefined: user nobody. */
  user: string | undefined;
  prometheus: ListenAddress | undefined;
  build: BuildInfo;
  otlp: OtlpPlan | undefined;
  spool: SpoolPlan | undefined;
  /** True if the events are written to the journal. */
  journald: boolean;
  /** True if arguments of processes are exported. */
  hasArguments: boolean;
  /** Regular expressions for what is replaced in arguments. */
  redact: readonly string[];
}
