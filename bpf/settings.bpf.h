/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Settings. User space writes those of the recorder before it loads the programs, and the verifier
 * then removes the code of disabled groups. The package for ecli has constants instead, because
 * every variable here would become an option of ecli.
 */
#pragma once

#include "vmlinux.h"
#include "recorder.h"

#ifdef ECLI_PACKAGE
#define IS_PACKAGE true
#define SETTING static const
#else
#define IS_PACKAGE false
#define SETTING const volatile
/* the package has an option of this name */
const volatile u64 page_size = 4096;
#endif

/* groups of fields in an exit_record */
SETTING bool with_killer = IS_PACKAGE;
/* the memory of OOM victims, and of the cgroup that reached its limit */
SETTING bool with_oom = false;
/* the number of possible CPUs, if the kernel's log of an OOM kill adds what each has counted */
SETTING u32 summed_cpus = 0;
SETTING bool with_rusage = IS_PACKAGE;
/* the arguments */
SETTING bool with_exec_info = IS_PACKAGE;
/* also the path of the executable */
SETTING bool with_exe = IS_PACKAGE;
/* stores arguments at exec, for what cannot be read at exit */
SETTING bool with_stored_args = IS_PACKAGE;
SETTING bool with_cgroups = IS_PACKAGE;
SETTING bool with_ns_pids = false;
/* where the process comes from; its unit comes from with_cgroups */
SETTING bool with_origin = false;
/* describes the senders of signals that can be fatal */
SETTING bool with_senders = false;
/* records the exit of every thread, not only of the last one of a process */
SETTING bool with_threads = false;
/* one of these groups besides the killer */
SETTING bool has_other_groups = IS_PACKAGE;
/* the v1 hierarchy whose cgroup is reported besides that of v2 */
SETTING u32 v1_controller = V1_NONE;
/* the inode number of the tracer's PID namespace */
SETTING u32 tracer_pid_ns = HOST_PID_NS;
/* the programs of fallback.bpf.h are attached */
SETTING bool has_fallback = false;
/* the BTF id of struct task_struct; 0: unknown */
SETTING u32 task_struct_btf_id = 0;

/* long arguments and cgroup paths have records of their own */
static const bool sends_side_records = !IS_PACKAGE;
