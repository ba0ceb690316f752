import { readText } from "../../diagnose/read-file.ts";
import { type Finding, limited, unknown, yes } from "../check.ts";

/** No machine booted earlier: the wall clock is not set. */
const MIN_YEAR = 2001;

/**
 * Compares the wall clock with the boot clock, by which the kernel dates exits. A time namespace
 * shifts the boot clock that processes in it see.
 */
export function clock(): Finding {
  const uptime = Number.parseFloat(readText("/proc/uptime") ?? "");
  if (!Number.isFinite(uptime)) return unknown("the boot clock cannot be read here (/proc/uptime)");
  const offsets = readText("/proc/self/timens_offsets") ?? "";
  const [, seconds = "0", ns = "0"] = /^boottime\s+(-?\d+)\s+(\d+)/m.exec(offsets) ?? [];
  const ahead = Number(seconds) + Number(ns) / 1e9;
  const booted = new Date(Date.now() - (uptime - ahead) * 1000);
  const facts = { booted: booted.toISOString(), time_namespace_seconds: ahead };
  const found = `booted at ${booted.toISOString().slice(0, 19)}Z`;
  if (booted.getUTCFullYear() < MIN_YEAR) {
    return limited(
      `the wall clock is not set: by it, ${found}`,
      "set it (NTP, date); until then the times of exits are wrong, and durations are right",
      facts,
    );
  }
  return yes(ahead ? `${found}; this time namespace's boot clock is ${ahead} s ahead` : found, facts);
}
