/** The sentence of a record, which journalctl shows in a line. */
import { bodyOfExit, bodyOfSuppressed, nameOf } from "../../otlp/body.ts";
import type { EventObject } from "../../otlp/attributes.ts";
import { grouped } from "../../text/counted.ts";
import type { ExitEvent, ExportedEvent, GapEvent, LostEvent } from "../event.ts";

/** The frames of a crash that are shown below the sentence. */
const MAX_FRAMES = 16;

const messages = {
  exit: messageOfExit,
  suppressed: bodyOfSuppressed,
  lost: ({ count }: LostEvent) =>
    `${grouped(count ?? 0)} ${count === 1 ? "exit is" : "exits are"} missing: the tracer lost them`,
  gap: ({ from, to, reason }: GapEvent) =>
    `No tracer ran from ${from ?? "an unknown time"} to ${to ?? "an unknown time"}${reason ? `: ${nameOf(reason)}` : ""}`,
};

/** Returns the sentence, and for a crash the functions that were running, in lines of their own. */
export function messageOf(event: ExportedEvent): string {
  return (messages[event.event] as (event: ExportedEvent) => string)(event);
}

function messageOfExit(event: ExitEvent): string {
  const sentence = bodyOfExit(event as EventObject);
  const frames = event.crash?.frames;
  if (!frames?.length) return sentence;
  return [sentence, ...frames.slice(0, MAX_FRAMES).map(frameLine)].join("\n");
}

type Frame = NonNullable<NonNullable<NonNullable<ExitEvent["crash"]>["frames"]>[number]>;

/** Writes a frame as gdb does: `#0  0x55d0 outer+0x9 (crasher)`. */
function frameLine(frame: Frame, index: number): string {
  const { ip, module, offset, function: name, function_offset: inner } = frame;
  const place = name ? `${nameOf(name)}${typeof inner === "number" ? `+0x${inner.toString(16)}` : ""}` : "?";
  const file = module ? ` (${nameOf(module)}${offset ? ` + ${nameOf(offset)}` : ""})` : "";
  return `#${index}  ${nameOf(ip)} ${place}${file}`;
}
