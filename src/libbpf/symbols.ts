import { FFIType } from "bun:ffi";

/** What we call in the native core: libbpf's functions, and the C of `native/`, in the terms of bun:ffi. */
export const symbols = {
  bpf_object__open_mem: { args: ["buffer", "buffer_length", "ptr"], returns: "ptr" },
  bpf_object__load: { args: ["ptr"], returns: "i32" },
  bpf_object__close: { args: ["ptr"], returns: "void" },
  bpf_object__btf: { args: ["ptr"], returns: "ptr" },
  bpf_object__find_map_by_name: { args: ["ptr", "cstring"], returns: "ptr" },
  bpf_object__find_program_by_name: { args: ["ptr", "cstring"], returns: "ptr" },
  bpf_map__fd: { args: ["ptr"], returns: "i32" },
  bpf_map__set_max_entries: { args: ["ptr", "u32"], returns: "i32" },
  bpf_map__initial_value: { args: ["ptr", "buffer"], returns: "ptr" },
  bpf_map_update_elem: { args: ["i32", "buffer", "buffer", FFIType.u64_fast], returns: "i32" },
  bpf_program__fd: { args: ["ptr"], returns: "i32" },
  bpf_link__destroy: { args: ["ptr"], returns: "i32" },
  btf__find_by_name_kind: { args: ["ptr", "cstring", "u32"], returns: "i32" },
  btf__type_by_id: { args: ["ptr", "u32"], returns: "ptr" },
  btf__name_by_offset: { args: ["ptr", "u32"], returns: "cstring" },

  attach: { args: ["ptr"], returns: FFIType.i64_fast },
  collector_open: { args: ["i32", "i32", "i32", "i32", "ptr", "u32", "u32"], returns: FFIType.i64_fast },
  collector_wait: { args: ["ptr"], returns: "i32" },
  collector_drain: { args: ["ptr"], returns: "void" },
  collector_close: { args: ["ptr"], returns: "void" },
  log_open: { args: ["i32"], returns: "void" },
  log_warnings: { args: [], returns: "cstring" },
  stop_after: { args: [FFIType.u64_fast], returns: "i32" },
  stop_on_signals: { args: [], returns: "i32" },
  utc_offset: { args: [FFIType.i64_fast], returns: "i32" },
  write_all: { args: ["i32", "buffer", FFIType.u64_fast], returns: FFIType.i64_fast },
} as const;
