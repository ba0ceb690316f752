/** Follows a file or FIFO as the exporter does, and makes the lines in it. */
import { Counters } from "../../src/export/counters.ts";
import type { ExportedEvent } from "../../src/export/event.ts";
import { openInput } from "../../src/export/input.ts";
import { LineReader } from "../../src/export/line-reader.ts";
import type { SavedPosition } from "../../src/export/spool/saved-position.ts";

export const line = (pid: number) => `{"event":"exit","pid":${pid}}\n`;
export const lines = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, i) => line(first + i)).join("");

/** Reads an input in the background, as the exporter does. */
export function follow(file: string, startsAtEnd = false, saved?: SavedPosition) {
  const counters = new Counters();
  const input = openInput(file, startsAtEnd, saved);
  const reader = new LineReader(input.name, counters);
  const pids: number[] = [];
  const kinds: string[] = [];
  const add = (event: ExportedEvent) => {
    kinds.push(event.event);
    if (event.event === "exit") pids.push(event.pid ?? -1);
  };
  const ended = (async () => {
    for (;;) {
      const part = await input.read();
      if (typeof part === "string") reader.finish(add);
      else reader.read(part, add);
      if (part === "end") return;
    }
  })();
  const until = async (count: number) => {
    for (let i = 0; i < 500 && pids.length < count; i++) await Bun.sleep(10);
    return pids;
  };
  return { input, counters, pids, kinds, until, ended };
}
