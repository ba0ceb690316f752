import type { Configuration } from "./configuration.ts";

/**
 * Returns the programs at hooks, in the order of attachment, each with true if it is needed.
 * Programs for exits come last, when all data about a process is already collected. Programs at one
 * hook run in the order of attachment, so a fallback follows its primary program.
 */
export function hookPrograms(c: Configuration): Record<string, boolean> {
  return {
    on_cgroup_rename: c.usesV1Hierarchies,
    on_fork: c.withStoredArgs || c.withOrigin || c.onlyTracees,
    on_exec: c.withStoredArgs,
    on_oom_mark_victim: c.marksOomVictims,
    on_signal_deliver: c.withKiller,
    on_signal_generate: c.withKiller,
    on_crash: c.withCrash,
    record_exit: true,
    record_exit_fallback: c.preemptsTracepoints,
    on_fork_fallback: c.preemptsTracepoints && c.onlyTracees,
    remove_tracee_fallback: c.preemptsTracepoints && c.onlyTracees,
  };
}

/** Returns the programs that run once, after loading. */
export function startupPrograms(c: Configuration): Record<string, boolean> {
  return { init_cgroup_ns_roots: c.isInCgroupNs, init_tracer_context: c.runsSyscallPrograms };
}
