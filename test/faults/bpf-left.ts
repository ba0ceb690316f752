/** Finds leaked BPF programs, maps and links: new ones that no process holds open. */
import { readdirSync, readFileSync } from "node:fs";
import { fixture, runToEnd } from "../support/tracer.ts";

/** The kernel frees BPF objects after an RCU grace period. */
const MAX_FREE_MS = 5000;

export async function bpfIds(): Promise<Set<string>> {
  const { stdout, stderr, status } = await runToEnd([fixture("bpf-ids")]);
  if (status !== 0) throw new Error(`bpf-ids: ${stderr}`);
  return new Set(stdout.split("\n").filter(Boolean));
}

/** Returns the objects that processes hold open, by /proc/PID/fdinfo: `prog 17`. */
function heldIds(): Set<string> {
  const held = new Set<string>();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
        const info = readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8");
        for (const [, kind, id] of info.matchAll(/^(prog|map|link)_id:\s*(\d+)$/gm)) held.add(`${kind} ${id}`);
      }
    } catch {
      // the process has ended since readdir()
    }
  }
  return held;
}

/** Returns the objects that were leaked since `before`, which is a result of bpfIds(). */
export async function bpfLeft(before: ReadonlySet<string>): Promise<string[]> {
  const until = performance.now() + MAX_FREE_MS;
  for (;;) {
    const fresh = [...(await bpfIds())].filter((id) => !before.has(id));
    const held = fresh.length ? heldIds() : new Set();
    const left = fresh.filter((id) => !held.has(id));
    if (!left.length || performance.now() > until) return left;
    await Bun.sleep(50);
  }
}
