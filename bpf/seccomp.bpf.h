/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Finds exits by seccomp for which the kernel sends no signal. */
#pragma once

#include "compat.bpf.h"
#include "siginfo.h"

#define SECCOMP_MODE_STRICT 1		/* include/uapi/linux/seccomp.h */
#define SECCOMP_MODE_FILTER 2
#define SECCOMP_MODE_DEAD 3		/* kernel/seccomp.c, since Linux 5.17 */

/*
 * Returns true if seccomp ended that task with a status and without a signal: strict mode does,
 * and so do filters before Linux 5.14 or if they end one thread of several.
 */
static __always_inline bool is_ended_by_seccomp(struct task_struct *task, int signal)
{
	int mode;

	if (!bpf_core_field_exists(struct seccomp, mode))
		return false;
	mode = FIELD(task, seccomp.mode);
	if (signal == SIGKILL)
		return mode == SECCOMP_MODE_STRICT || mode == SECCOMP_MODE_DEAD;
	if (signal != SIGSYS)
		return false;
	return mode == SECCOMP_MODE_DEAD ||
	       (mode == SECCOMP_MODE_FILTER &&
		!bpf_core_enum_value_exists(enum sig_handler, HANDLER_EXIT));
}
