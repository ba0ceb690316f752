/**
 * The keys of events that are exported. A unit test compares them with `exitsnoop schema`. The keys
 * of the container are those of the resource, and arguments are an option: see resource.ts and
 * attributes.ts.
 */
import { nameMembers } from "./shape.ts";

/** Returns members that are simple values, by their keys with spaces between them. */
const simple = (keys: string): Record<string, true> => Object.fromEntries(keys.split(" ").map((key) => [key, true]));

const IDENTITY = simple("pid comm id");

/** The members of an exit. */
export const exit = {
  ...simple("pid ppid tid comm thread_comm parent_comm uid user exit_code signal core_dumped duration_ns"),
  ...simple("start_time time id parent_id"),
  killed_by: {
    ...simple("kind pid comm uid si_code cgroup reason"),
    ...simple("id args exe login_uid session_id tty sender_cgroup unit container_id"),
    ancestors: IDENTITY,
  },
  oom: {
    ...simple("cgroup limit_bytes usage_bytes"),
    trigger: simple("pid comm"),
    ...simple("anon_bytes file_bytes shmem_bytes swap_bytes oom_score_adj incident"),
  },
  ...simple("cpu_user_ns cpu_system_ns max_rss_bytes minor_faults major_faults"),
  ...simple("voluntary_switches involuntary_switches read_bytes write_bytes threads"),
  ...simple("exe cgroup ns_pid local_pid"),
  ancestors: IDENTITY,
  started_by: IDENTITY,
  ...simple("unit user_unit slice hostname tty login_uid session_id sid pgid cwd"),
  crash: {
    ...simple("code si_code address access stack_overflow tid thread ip sp syscall message"),
    first: simple("signal code address access stack_overflow frame"),
    frames: simple("ip module offset address build_id deleted function function_offset how file"),
    ...simple("frames_truncated frames_missing"),
  },
  label: true,
} as const;

export const lost = simple("count label");
export const gap = simple("from to reason label");
export const suppressed = {
  ...simple("from count comm parent_comm exit_code signal core_dumped killed_by_kind killed_by_reason"),
  ...simple("cgroup unit label"),
};

/**
 * The names that the semantic conventions have. `process.real_user` is the real user, as `uid` is;
 * `process.user` would be the effective one.
 */
const conventional: Readonly<Record<string, string>> = {
  pid: "process.pid",
  ppid: "process.parent_pid",
  tid: "thread.id",
  thread_comm: "thread.name",
  uid: "process.real_user.id",
  user: "process.real_user.name",
  exit_code: "process.exit.code",
  start_time: "process.creation.time",
  time: "process.exit.time",
  exe: "process.executable.path",
  cgroup: "process.linux.cgroup",
  ns_pid: "process.vpid",
  sid: "process.session_leader.pid",
  pgid: "process.group_leader.pid",
  cwd: "process.working_directory",
};

export const exitMembers = nameMembers(exit, "exitsnoop", conventional)!;
export const lostMembers = nameMembers(lost, "exitsnoop.lost")!;
export const gapMembers = nameMembers(gap, "exitsnoop.gap")!;
export const suppressedMembers = nameMembers(suppressed, "exitsnoop.suppressed")!;
