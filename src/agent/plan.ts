/** Everything that the options decide about an agent. */
export interface AgentPlan {
  /** The arguments of the tracer, which writes JSON to stdout. */
  tracerArgs: readonly string[];
  /** The arguments of the exporter, which reads JSON from stdin. */
  exporterArgs: readonly string[];
  /** The file that keeps until when the agent traced. */
  stateFile: string;
  /** True if the user named it: without it the agent does not start. */
  isStateRequired: boolean;
  /** How long exits gather in the tracer, ms. */
  latency: number;
}
