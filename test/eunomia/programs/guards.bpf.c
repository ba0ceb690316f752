// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A security hook: the marked program moves to one CPU, once. It is always allowed. */
#include "marked.bpf.h"
#include "guards.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

SEC("lsm/task_setscheduler")
int BPF_PROG(on_move, struct task_struct *task, int before)
{
	char comm[16];

	bpf_get_current_comm(comm, sizeof(comm));
	if (bpf_strncmp(comm, 7, "marked") == 0)
		tell(0, 1);
	return before;
}
