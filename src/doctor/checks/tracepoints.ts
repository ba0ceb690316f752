import { existsSync } from "node:fs";
import { has, ownCapabilities } from "../../system/capabilities.ts";
import { type Finding, limited, yes } from "../check.ts";

const mountPoints = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/** Looks for tracefs, which only packages need (`exitsnoop run`). */
export function tracepoints(): Finding {
  const tracefs = mountPoints.find((folder) => existsSync(`${folder}/events`));
  if (tracefs) return yes(`tracefs at ${tracefs}`, { tracefs });
  return limited(
    "no readable tracefs, which only packages need",
    has(ownCapabilities(), "CAP_SYS_ADMIN")
      ? "nothing to do: exitsnoop run mounts its own"
      : "to run packages: mount -t tracefs tracefs /sys/kernel/tracing",
  );
}
