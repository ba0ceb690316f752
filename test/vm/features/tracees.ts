import { expect } from "bun:test";
import { closingLine, type ExitEvent, readJson } from "../../support/tracer.ts";
import { type Feature } from "./feature.ts";

const codes = [11, 12, 13, 14, 15, 42];
/** As in test/e2e/descendants.test.ts: children, a child's children, daemons, an orphan, one that is killed. */
const script = `
sh -c "exit 11" & wait $!
(sh -c "exit 12"; exit 13)
setsid sh -c "sleep 0.5; exit 14" &
( ( sleep 1; exit 15 ) & )
timeout 1 sleep 50
exit 42`;

export const family: Feature = {
  name: "`--` COMMAND and its descendants, its status",
  steps: {
    family: {
      command: `
while [ ! -e over ]; do /deaths burst 20 >strangers; done & strangers=$!
/exitsnoop --json --wide -o events -- sh -c '${script}' 2>said
echo $? >family
touch over; wait $strangers; rm over`,
    },
  },
  check(outcome) {
    const part = (name: string) => outcome.part("family", name);
    const events: ExitEvent[] = readJson(part("events")).events;
    expect(part("family")).toBe("42\n");
    expect(closingLine(part("said"))).toEqual({ seen: events.length, lost: 0 });
    const ends = events.map(({ exit_code, signal }) => exit_code ?? signal);
    for (const code of [...codes, "SIGTERM"]) expect(ends).toContain(code);
    expect(events.filter(({ comm }) => comm === "deaths")).toEqual([]);
    expect(new Set(events.map(({ pid }) => pid)).size).toBe(events.length);
  },
};
