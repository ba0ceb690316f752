import { native } from "../native/library.ts";

/**
 * Returns the local time zone's offset in seconds east of UTC, by TZ or /etc/localtime.
 * @param seconds the moment, since 1970.
 */
export function utcOffset(seconds: number): number {
  return native.utc_offset(seconds);
}

/**
 * Returns the offset in ns that the tracer's time namespace adds to CLOCK_BOOTTIME, and so to start
 * times in /proc (time_namespaces(7)).
 */
export function bootClockOffset(): bigint {
  return BigInt(native.boottime_offset());
}

/** Returns the time since the boot in ns, by the clock of BPF programs. */
export function bootTime(): bigint {
  return BigInt(native.boottime_now());
}
