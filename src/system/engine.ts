/** Works around the JavaScript engine's needs for threads and memory. */
import { isLoaded, native } from "../native/library.ts";

/**
 * Creates a reserve of threads for the engine, which aborts if it can create none. From now on
 * thread creation waits for as long as the process limit is reached and the reserve is empty.
 */
export function reserveThreads(): void {
  native.reserve_threads();
}

/**
 * Gives the file-backed pages that only start-up needed back to the kernel. It takes some
 * milliseconds, so it is called while no exits come.
 */
export function releaseStartupMemory(): void {
  native.release_startup_pages();
}

/** Frees unused memory now: the engine itself waits until the heap has doubled. Takes some ms. */
export function collectGarbage(): void {
  Bun.gc(true);
}

/**
 * Ends the process without the engine's shutdown, which may need a thread. The caller has written
 * all output.
 */
export function exitNow(status: number): never {
  if (isLoaded) native.exit_now(status);
  process.exit(status);
}
