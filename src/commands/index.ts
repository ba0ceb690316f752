import type { SubcommandName } from "../cli/subcommands.ts";

/** A subcommand: takes the words after its name and returns the exit status. */
type Command = (args: readonly string[]) => number | Promise<number>;

/** Imports a subcommand only when it runs, which keeps the start of a trace fast. */
export const commandLoaders: Record<SubcommandName, () => Promise<Command>> = {
  top: async () => (await import("./top.ts")).topCommand,
  replay: async () => (await import("./replay.ts")).replayCommand,
  report: async () => (await import("./report.ts")).reportCommand,
  export: async () => (await import("./export.ts")).exportCommand,
  agent: async () => (await import("./agent.ts")).agentCommand,
  package: async () => (await import("./package.ts")).packageCommand,
  run: async () => (await import("./run.ts")).run,
  doctor: async () => (await import("./doctor.ts")).doctor,
  help: async () => (await import("./help.ts")).helpCommand,
  completion: async () => (await import("./completion.ts")).completionCommand,
  man: async () => (await import("./man.ts")).manCommand,
  schema: async () => (await import("./schema.ts")).schemaCommand,
  version: async () => (await import("./version.ts")).versionCommand,
};
