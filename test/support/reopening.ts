/** Tracers that write to files and reopen them on SIGHUP, as a service does. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { fixture, parseEvents, runToEnd, Tracer } from "./tracer.ts";

/** The uid of a user without other processes, to select exits of a test. */
export const REOPEN_USER = 54_345;

/** Starts a tracer without a controlling terminal, of the exits of REOPEN_USER, for a minute. */
export function startService(args: string[], via: string[] = []): Promise<Tracer> {
  return Tracer.start(["-u", String(REOPEN_USER), "--for", "60s", ...args], { via: ["setsid", ...via] });
}

/** Runs a command as a user, without its groups. */
export function runAs(uid: number, command: string[]) {
  return runToEnd(["setpriv", `--reuid=${uid}`, "--clear-groups", ...command]);
}

/** Runs a shell of REOPEN_USER that exits with this code. */
export async function exitWith(code: number): Promise<void> {
  await runAs(REOPEN_USER, ["sh", "-c", `exit ${code}`]);
}

/** Lets this many processes of REOPEN_USER exit, and then their parent. */
export async function burst(count: number): Promise<void> {
  await runAs(REOPEN_USER, [fixture("exit-statuses"), "burst", String(count)]);
}

/** Returns what the open descriptors of a process refer to. */
export function filesOf(pid: number | string): string[] {
  return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
}

/** Returns the exit codes in a file of JSON lines. */
export function codesIn(file: string): (number | null)[] {
  return parseEvents(readFileSync(file, "utf8")).events.map(({ exit_code }) => exit_code);
}

/** Waits until a condition holds. @throws Error after ten seconds. */
export async function until(condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500; tries++) {
    try {
      if (condition()) return;
    } catch {
      // a file does not exist yet
    }
    await Bun.sleep(20);
  }
  throw new Error(`still not so: ${condition}`);
}

/** Exits with this code and waits until a file has it. */
export async function exitInto(file: string, code: number): Promise<void> {
  await exitWith(code);
  await until(() => codesIn(file).includes(code));
}
