/** Compares what processes of test/fixtures/origin read in /proc with what exitsnoop shows. */
import { NS_PER_CLOCK_TICK } from "../../src/record/layout.ts";

type ReportedProcess = [pid: number, start: number, comm: string];
interface ShownProcess {
  pid: number;
  comm: string;
  id: string;
}

/** A line of the fixture; times are in clock ticks since boot. */
export interface Report {
  pid: number;
  start: number;
  sid: number;
  pgid: number;
  tty: string | null;
  login_uid: number | null;
  session_id: number | null;
  args: string[];
  exe: string;
  cwd: string;
  hostname: string | null;
  started_by: ReportedProcess | null;
  ancestors: ReportedProcess[];
}

/** A process as exitsnoop shows it, in an exit or in its killed_by. */
export type Shown = Omit<Report, "start" | "started_by" | "ancestors"> & {
  id: string;
  started_by: ShownProcess | null;
  ancestors: ShownProcess[];
};

export const reportsOf = (stdout: string): Report[] =>
  stdout
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));

/** Returns `PID-TICKS` for `PID-START`. */
const inTicks = (id: string) => id.replace(/\d+$/, (start) => `${BigInt(start) / BigInt(NS_PER_CLOCK_TICK)}`);

const reported = ([pid, start, comm]: ReportedProcess) => ({ pid, comm, id: `${pid}-${start}` });
const shown = ({ pid, comm, id }: ShownProcess) => ({ pid, comm, id: inTicks(id) });

/**
 * Returns a report with the keys of the output, for comparison with valuesOf(). /proc shows 0 for
 * the session of processes that descend from a PID 1 which never called setsid(2), exitsnoop null.
 */
export function expectedOf({ start, started_by, ancestors, ...values }: Report) {
  return {
    ...values,
    sid: values.sid || null,
    pgid: values.pgid || null,
    id: `${values.pid}-${start}`,
    started_by: started_by && reported(started_by),
    ancestors: ancestors.map(reported),
  };
}

/** Returns the keys of a shown process that expectedOf() has, with start times in clock ticks. */
export function valuesOf(event: Shown) {
  const { pid, sid, pgid, tty, login_uid, session_id, args, exe, cwd, hostname } = event;
  return {
    ...{ pid, sid, pgid, tty, login_uid, session_id, args, exe, cwd, hostname },
    id: inTicks(event.id),
    started_by: event.started_by && shown(event.started_by),
    ancestors: event.ancestors.map(shown),
  };
}

/** The keys that killed_by has of its sender. */
export const senderKeys = ["id", "args", "exe", "login_uid", "session_id", "tty", "ancestors"] as const;

/** Returns an object with these keys of another. */
export function pickKeys<T extends object, K extends keyof T>(object: T, keys: readonly K[]): Pick<T, K> {
  return Object.fromEntries(keys.map((key) => [key, object[key]])) as Pick<T, K>;
}
