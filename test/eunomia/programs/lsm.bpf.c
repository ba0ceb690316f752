// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A security hook, which allows everything: the marked program sets its CPU affinity once. */
#include "marked.bpf.h"
#include "lsm.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("lsm/task_setscheduler")
int BPF_PROG(on_move, struct task_struct *task, int before)
{
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	if (bpf_strncmp(comm, 7, "marked") == 0)
		emit(0, 1);
	return before;
}
