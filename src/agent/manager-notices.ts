import { log } from "../log.ts";
import { serviceManager } from "../system/notify.ts";

/** The interval between two descriptions of the state, ms. */
const STATUS_INTERVAL = 10_000;

/** Notifies the service manager, if there is one, that the agent is ready, lives, or stops. */
export class ManagerNotices {
  #isReady = false;
  #isReadySent = false;
  #nextStatus = 0;
  #nextWatchdog = 0;
  readonly #manager = serviceManager();

  /** Called whenever a tracer is attached. */
  ready(): void {
    this.#isReady = true;
    this.#sendReady();
    this.#nextStatus = 0;
  }

  stopping(): void {
    this.#notify("STOPPING=1");
  }

  /** Called about once a second. @param describe returns the state in one line. */
  tick(describe: () => string): void {
    if (!this.#manager) return;
    const { watchdogInterval } = this.#manager;
    const time = performance.now();
    this.#sendReady();
    if (watchdogInterval !== undefined && time >= this.#nextWatchdog) {
      this.#notify("WATCHDOG=1");
      this.#nextWatchdog = time + watchdogInterval;
    }
    if (time < this.#nextStatus) return;
    this.#notify(`STATUS=${describe()}`);
    this.#nextStatus = time + STATUS_INTERVAL;
  }

  /**
   * Sends READY=1, and repeats it at each tick until the manager's socket has room: a manager that
   * does not get it ends the agent.
   */
  #sendReady(): void {
    if (this.#isReady && !this.#isReadySent) this.#isReadySent = this.#notify("READY=1");
  }

  /** Returns true if the manager has got it. */
  #notify(state: string): boolean {
    const failure = this.#manager?.notify(state);
    if (failure) log.debug(`the service manager did not get ${state}: ${failure}`);
    return !failure;
  }
}
