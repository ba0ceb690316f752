/** What BPF the kernel holds for nobody: programs, maps and links that came since, and that no process has open. */
import { readdirSync, readFileSync } from "node:fs";
import { fixture, runToEnd } from "../support/tracer.ts";

/** The kernel frees them a moment after their last user is gone: RCU. */
const PATIENCE_MS = 5000;

export async function bpfIds(): Promise<Set<string>> {
  const { stdout, stderr, status } = await runToEnd([fixture("bpf-ids")]);
  if (status !== 0) throw new Error(`bpf-ids: ${stderr}`);
  return new Set(stdout.split("\n").filter(Boolean));
}

/** What other tracers on this machine hold, as /proc/PID/fdinfo tells it: `prog 17`. */
function heldIds(): Set<string> {
  const held = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
        const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
        for (const [, kind, id] of info.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)) held.add(`${kind} ${id}`);
      }
    } catch {
      // it ended meanwhile
    }
  }
  return held;
}

/** @param before what there was already. */
export async function bpfLeft(before: ReadonlySet<string>): Promise<string[]> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const fresh = [...(await bpfIds())].filter((id) => !before.has(id));
    const held = fresh.length ? heldIds() : new Set();
    const left = fresh.filter((id) => !held.has(id));
    if (!left.length || performance.now() > until) return left;
    await Bun.sleep(50);
  }
}
