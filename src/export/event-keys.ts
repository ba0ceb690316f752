/**
 * The keys of the lines that `exitsnoop -j` writes, with the types of their values. `exitsnoop
 * schema` has the same keys in the form of JSON Schema; a unit test compares the two.
 */
import { arrayOf, boolean, count, integer, object, text, texts, time } from "./event-values.ts";

const process = { pid: integer, comm: text, id: text };

const killer = {
  kind: text,
  pid: integer,
  comm: text,
  uid: integer,
  si_code: integer,
  cgroup: text,
  reason: text,
  id: text,
  args: texts,
  exe: text,
  login_uid: integer,
  session_id: integer,
  tty: text,
  sender_cgroup: text,
  unit: text,
  container_id: text,
  ancestors: arrayOf(object(process)),
};

const oom = {
  cgroup: text,
  limit_bytes: count,
  usage_bytes: count,
  trigger: object({ pid: integer, comm: text }),
  anon_bytes: count,
  file_bytes: count,
  shmem_bytes: count,
  swap_bytes: count,
  oom_score_adj: integer,
  incident: text,
};

const frame = {
  ip: text,
  module: text,
  offset: text,
  address: text,
  build_id: text,
  deleted: boolean,
  function: text,
  function_offset: integer,
  how: text,
  file: text,
};

const crash = {
  code: text,
  si_code: integer,
  address: text,
  access: text,
  stack_overflow: boolean,
  tid: integer,
  thread: text,
  ip: text,
  sp: text,
  syscall: integer,
  message: text,
  first: object({
    signal: text,
    code: text,
    address: text,
    access: text,
    stack_overflow: boolean,
    frame: integer,
  }),
  frames: arrayOf(object(frame)),
  frames_truncated: boolean,
  frames_missing: text,
};

export const exitKeys = {
  time,
  pid: integer,
  ppid: integer,
  tid: integer,
  comm: text,
  thread_comm: text,
  parent_comm: text,
  uid: integer,
  exit_code: integer,
  signal: text,
  core_dumped: boolean,
  duration_ns: count,
  start_time: time,
  id: text,
  parent_id: text,
  user: text,
  killed_by: object(killer),
  oom: object(oom),
  cpu_user_ns: count,
  cpu_system_ns: count,
  max_rss_bytes: count,
  minor_faults: count,
  major_faults: count,
  voluntary_switches: count,
  involuntary_switches: count,
  read_bytes: count,
  write_bytes: count,
  threads: count,
  args: texts,
  args_truncated: boolean,
  exe: text,
  cgroup: text,
  container_id: text,
  pod_uid: text,
  container_name: text,
  pod_name: text,
  pod_namespace: text,
  ns_pid: integer,
  local_pid: integer,
  ancestors: arrayOf(object(process)),
  started_by: object(process),
  unit: text,
  user_unit: text,
  slice: text,
  hostname: text,
  tty: text,
  login_uid: integer,
  session_id: integer,
  sid: integer,
  pgid: integer,
  cwd: text,
  crash: object(crash),
  label: text,
};

export const lostKeys = { time, count, label: text };
/** A storm that --limit folded: the number of exits that were not written, and of which kind. */
export const suppressedKeys = {
  time,
  count,
  key: object({ comm: text, parent_comm: text, cgroup: text, outcome: text }),
  label: text,
};
/** A time without a tracer. */
export const gapKeys = { time, from: time, to: time, reason: text, label: text };
