import { expect } from "bun:test";
import { parseClosingLine, type ExitEvent, parseEvents } from "../../support/tracer.ts";
import { type Feature } from "./feature.ts";

const codes = [11, 12, 13, 14, 15, 42];
/** Runs children, a grandchild, a daemon, an orphan, and a child that is killed. */
const script = `
sh -c "exit 11" & wait $!
(sh -c "exit 12"; exit 13)
setsid sh -c "sleep 0.5; exit 14" &
( ( sleep 1; exit 15 ) & )
timeout 1 sleep 50
exit 42`;

export const tracees: Feature = {
  name: "`--` COMMAND and its descendants, its status",
  steps: {
    tracees: {
      command: `
while [ ! -e over ]; do /exit-statuses burst 20 >others; done & others=$!
/exitsnoop --json --wide -o events -- sh -c '${script}' 2>stderr
echo $? >child_wait_status
touch over; wait $others; rm over`,
    },
  },
  check(outcome) {
    const part = (name: string) => outcome.part("tracees", name);
    const events: ExitEvent[] = parseEvents(part("events")).events;
    expect(part("child_wait_status")).toBe("42\n");
    expect(parseClosingLine(part("stderr"))).toEqual({ seen: events.length, lost: 0 });
    const ends = events.map(({ exit_code, signal }) => exit_code ?? signal);
    for (const code of [...codes, "SIGTERM"]) expect(ends).toContain(code);
    expect(events.filter(({ comm }) => comm === "exit-statuses")).toEqual([]);
    expect(new Set(events.map(({ pid }) => pid)).size).toBe(events.length);
  },
};
