// SPDX-License-Identifier: GPL-2.0 OR MIT
/* One event per call. The ring has room for 100,000. */
#include "marked.bpf.h"
#include "burst.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 * 1024 * 1024);
} events SEC(".maps");

ON_CALL(on_call)
{
	struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e)
		return 0;
	e->number = number;
	e->pid = bpf_get_current_pid_tgid() >> 32;
	e->twice = 2ULL * number;
	bpf_get_current_comm(e->comm, sizeof(e->comm));
	bpf_ringbuf_submit(e, 0);
	return 0;
}
