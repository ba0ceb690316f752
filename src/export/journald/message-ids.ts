import type { ExportedEvent } from "../event.ts";
import { outcomeOf } from "../event.ts";

/** The first digits of every message id; the writer refuses other ids (journal_writer.c). */
const PREFIX = "6f2d8c0e3b7a4915a4c25d71e09b83";

/**
 * The kinds of messages, each with an id that the catalog explains (`journalctl -x`). An id never
 * changes: a new kind gets a new one.
 */
export const messageIds = {
  success: `${PREFIX}01`,
  failure: `${PREFIX}02`,
  signal: `${PREFIX}03`,
  core: `${PREFIX}04`,
  oom: `${PREFIX}05`,
  unknown: `${PREFIX}06`,
  suppressed: `${PREFIX}07`,
  lost: `${PREFIX}08`,
  gap: `${PREFIX}09`,
} as const;

/** Returns the id of the message about an event. */
export function messageIdOf(event: ExportedEvent): string {
  return messageIds[event.event === "exit" ? outcomeOf(event) : event.event];
}
