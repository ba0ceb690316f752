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

/** Everything that the options decide about an export. */
export interface ExportPlan {
  /** The JSON lines; undefined: stdin. */
  file: string | undefined;
  /** True if a regular file is read from its end on. */
  startsAtEnd: boolean;
  /** The user that root becomes; undefined: user nobody. */
  user: string | undefined;
  prometheus: ListenAddress | undefined;
  build: BuildInfo;
}
