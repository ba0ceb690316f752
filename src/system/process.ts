import { statSync } from "node:fs";
import { constants } from "node:os";
import { LibbpfError } from "../native/errno.ts";
import { isLoaded, native } from "../native/library.ts";

/**
 * SIGINT, SIGTERM and SIGHUP no longer end the process but are told by the collector; a second one ends it.
 * @param hasCommand they are meant for a command of ours as long as it lives: see native/stop.c.
 */
export function stopOnSignals(hasCommand: boolean): void {
  const error = native.stop_on_signals(hasCommand ? 1 : 0);
  if (error) throw new LibbpfError("signals cannot be handled", -error);
}

/** Seconds east of UTC at a moment (seconds since 1970), where we are: as TZ or /etc/localtime say. */
export function utcOffset(seconds: number): number {
  return native.utc_offset(seconds);
}

/** How many ns CLOCK_BOOTTIME, and start times in /proc, are ahead of the kernel's own: those of our time namespace. */
export function bootClockAhead(): bigint {
  return BigInt(native.boot_clock_ahead());
}

/** The same as such a signal, after that many ms, by ourselves. */
export function stopAfter(ms: number): void {
  const error = native.stop_after(Math.ceil(ms));
  if (error) throw new LibbpfError("the clock cannot be set to stop us", -error);
}

/**
 * Writes the first `length` bytes, waiting for a slow reader.
 * @returns the bytes written: fewer than `length` only if, after a stop signal, the reader took
 * none for two seconds; negative: a failure, which output/sink.ts decodes.
 */
export function writeAll(fd: number, bytes: Uint8Array, length: number): number {
  return Number(native.write_all(fd, bytes, length));
}

/** Makes room for that many open files, where we may. @throws LibbpfError where there is less. */
export function needFiles(least: number): void {
  const limit = Number(native.open_files(least));
  if (limit >= 0 && limit < least)
    throw new LibbpfError(`we need ${least} files, and may open ${limit}`, constants.errno.EMFILE);
}

/** From now on a thread that cannot be started is waited for, without end. */
export function tracingBegins(): void {
  native.patient_while_tracing();
}

/** Ends the process at once: all is written, and nothing of the engine's is wanted any more. */
export function leave(status: number): never {
  if (isLoaded) native.leave(status);
  process.exit(status);
}

/** Gives back the memory that only starting has needed: to be called when there is time for it. */
export function letGoOfStartUp(): void {
  native.let_go_of_start_up();
}

/** The number of the namespace of ours of that kind, as `ls -l /proc/self/ns` shows it; 0 where nobody says it. */
export function namespaceOf(kind: "pid" | "user" | "time" | "cgroup"): number {
  return statSync(`/proc/self/ns/${kind}`, { throwIfNoEntry: false })?.ino ?? 0;
}

/** Bytes of a page of memory. */
export function pageSize(): number {
  return Number(native.page_size());
}

/** How many CPUs the machine has switched on, wherever we may run ourselves. */
export function onlineCpus(): number {
  return native.online_cpus();
}

/** Whether a file descriptor is a terminal's. (node:tty knows it, too, but takes 2 ms to load.) */
export function isTerminal(fd: number): boolean {
  return native.is_terminal(fd) === 1;
}

/** The terminal's width in characters; 0 where that is none. */
export function terminalWidth(fd: number): number {
  return native.terminal_width(fd);
}

/** The uid of a user, as the system's user database has it. @throws LibbpfError where that cannot be read. */
export function userId(name: string): number | undefined {
  const uid = Number(native.user_id(name));
  if (uid < -1) throw new LibbpfError("the users of this system cannot be looked up", -uid);
  return uid < 0 ? undefined : uid;
}

/**
 * Returns true if /etc/passwd was written or replaced since the last call; false the first time.
 */
export function usersChanged(): boolean {
  return native.users_changed() === 1;
}

export function userName(uid: number): string | null {
  return String(native.user_name(uid)) || null;
}

/** Returns true if names of users can be read; called after privileges are dropped. */
export function canReadUsers(): boolean {
  return native.can_read_users() === 1;
}

/** The results of process_state() in native/system.c, by number. */
const processStates = ["running", "dead", "thread"] as const;

/**
 * PROC_PID_INIT_INO of include/linux/proc_ns.h: the initial PID namespace. The kernel's records use
 * its numbers.
 */
const INITIAL_PID_NAMESPACE = 0xeffffffc;
let isInInitialPidNamespace: boolean | undefined;

/**
 * Returns the state of a process of the initial PID namespace. `thread`: the number belongs to a
 * thread, but not to a process. In another PID namespace nothing is known about these numbers, and
 * the result is `running`.
 */
export function processState(pid: number): (typeof processStates)[number] {
  isInInitialPidNamespace ??= namespaceOf("pid") === INITIAL_PID_NAMESPACE;
  if (!isInInitialPidNamespace) return "running";
  return processStates[native.process_state(pid)] ?? "running";
}
