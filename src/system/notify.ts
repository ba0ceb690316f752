/** The service manager that started this process as a service of Type=notify: sd_notify(3). */
import { native, toCString } from "../native/library.ts";
import { describeErrno } from "../native/errno.ts";
import { log } from "../log.ts";
import { startEnvironment } from "./environment.ts";

/** Watchdogs are notified this many times in their interval. */
const NOTICES_PER_WATCHDOG = 3;

/**
 * How long READY=1 waits for a manager whose queue is full, ms: without it, the manager would end
 * the service after its start timeout.
 */
const READY_TIMEOUT = 2000;

/** The service manager, as it describes itself in the environment. */
interface ServiceManager {
  /**
   * Sends lines such as `READY=1`. Returns why that failed, if it did.
   * @param timeout how long to wait for room in the manager's queue, ms; by default not at all.
   */
  notify(state: string, timeout?: number): string | undefined;
  /** How often to send `WATCHDOG=1`, ms; undefined: never. */
  watchdogInterval: number | undefined;
}

/**
 * Returns undefined if no service manager waits for notices. Called before forbidInspection(),
 * after which only root can read the environment.
 */
export function serviceManager(): ServiceManager | undefined {
  const { NOTIFY_SOCKET: address, WATCHDOG_USEC: usec, WATCHDOG_PID: watched } = startEnvironment();
  if (!address) return undefined;
  const isWatched = usec !== undefined && /^[1-9]\d{0,14}$/.test(usec) && (!watched || watched === String(process.pid));
  return {
    notify(state, timeout = 0) {
      const result = native.notify_manager(toCString(address), toCString(state), timeout);
      return result < 0 ? describeErrno(-result) : undefined;
    },
    watchdogInterval: isWatched ? Number(usec) / 1000 / NOTICES_PER_WATCHDOG : undefined,
  };
}

/** Reports to a service manager, if there is one, that every exit is traced from now on. */
export function reportReady(manager: ServiceManager | undefined): void {
  const failure = manager?.notify("READY=1", READY_TIMEOUT);
  if (failure) log.warn(`the service manager cannot be notified: ${failure}`);
}
