// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Kernel and user stacks of calls. The tests name the fields of the stacks in the package. */
#include "marked.bpf.h"
#include "stacks.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

ON_CALL(on_call)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	__builtin_memset(e, 0, sizeof(*e));
	e->who = bpf_get_current_pid_tgid() >> 32;
	e->cpu = bpf_get_smp_processor_id();
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	/* of four calls: both stacks, the user stack, the kernel stack, and none, which is not printed */
	if (!(number & 1))
		e->kstack_sz = bpf_get_stack(ctx, e->kstack, sizeof(e->kstack), 0);
	if (!(number & 2))
		e->ustack_sz = bpf_get_stack(ctx, e->ustack, sizeof(e->ustack), BPF_F_USER_STACK);
	bpf_ringbuf_submit(e, 0);
	return 0;
}
