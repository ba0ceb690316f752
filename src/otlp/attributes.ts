/** The attributes of an exit that describe the process; resource.ts has those of its container. */
import { exitMembers } from "./event-members.ts";
import { addValue, flatten } from "./flatten.ts";
import type { Attribute } from "./log-record.ts";

/** An event as JSON has it. Its values have any type: a reader must expect wrong ones. */
export type EventObject = Readonly<Record<string, unknown>>;

/** Whether arguments are exported, and how they are changed before. */
export interface ArgumentOptions {
  /** The conventions say that arguments should not be collected by default. */
  hasArguments: boolean;
  redact?: ((args: readonly string[]) => readonly string[]) | undefined;
}

export function processAttributes(event: EventObject, options: ArgumentOptions): Attribute[] {
  const attributes: Attribute[] = [];
  flatten(attributes, withKillersArguments(event, options), exitMembers);
  const { exe } = event;
  if (typeof exe === "string") addValue(attributes, "process.executable.name", exe.slice(exe.lastIndexOf("/") + 1));
  const args = argumentsOf(event.args, options);
  if (args) {
    addValue(attributes, "process.command_args", args);
    if (event.args_truncated === true) addValue(attributes, "exitsnoop.args_truncated", true);
    else addValue(attributes, "process.args_count", args.length);
  }
  return attributes;
}

/** Returns the event with the arguments of the sender of its signal as they are exported. */
function withKillersArguments(event: EventObject, options: ArgumentOptions): EventObject {
  const killer = event.killed_by;
  if (typeof killer !== "object" || killer === null || !("args" in killer)) return event;
  return { ...event, killed_by: { ...killer, args: argumentsOf(killer.args, options) } };
}

/** Returns the arguments that are exported; undefined: none. */
export function argumentsOf(args: unknown, { hasArguments, redact }: ArgumentOptions): readonly string[] | undefined {
  if (!hasArguments || !Array.isArray(args) || !args.every((argument) => typeof argument === "string"))
    return undefined;
  return redact ? redact(args) : args;
}
