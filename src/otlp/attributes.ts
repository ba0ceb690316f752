/** The attributes of an exit that describe the process; resource.ts has those of its container. */
import { MAX_STORED_ARGS } from "../record/layout.ts";
import { exitMembers } from "./event-members.ts";
import { addValue, flatten } from "./flatten.ts";
import type { Attribute } from "./log-record.ts";

/** An event as JSON has it. Its values have any type: a reader must expect wrong ones. */
export type EventObject = Readonly<Record<string, unknown>>;

/** Whether arguments are exported, and how they are changed before. */
export interface ArgumentOptions {
  /** The conventions say that arguments should not be collected by default. */
  hasArguments: boolean;
  redact?: ((args: readonly string[], isCut: boolean) => readonly string[]) | undefined;
}

export function processAttributes(event: EventObject, options: ArgumentOptions): Attribute[] {
  const attributes: Attribute[] = [];
  flatten(attributes, withKillersArguments(event, options), exitMembers);
  const { exe } = event;
  if (typeof exe === "string") addValue(attributes, "process.executable.name", exe.slice(exe.lastIndexOf("/") + 1));
  const args = argumentsOf(event.args, options, event.args_truncated);
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

/**
 * Returns the arguments that are exported; undefined: none.
 * @param areCut `args_truncated`, which the arguments of a sender never have. Without it, those
 * that are as long as the recorder cuts them may be cut.
 */
export function argumentsOf(
  args: unknown,
  { hasArguments, redact }: ArgumentOptions,
  areCut?: unknown,
): readonly string[] | undefined {
  if (!hasArguments || !Array.isArray(args) || !args.every((argument) => typeof argument === "string"))
    return undefined;
  return redact ? redact(args, typeof areCut === "boolean" ? areCut : isAsLongAsCut(args)) : args;
}

function isAsLongAsCut(args: readonly string[]): boolean {
  let bytes = 0;
  for (const argument of args) bytes += Buffer.byteLength(argument) + 1;
  return bytes >= MAX_STORED_ARGS;
}
