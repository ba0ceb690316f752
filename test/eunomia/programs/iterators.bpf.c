// SPDX-License-Identifier: GPL-2.0 OR MIT
/* An iterator over all tasks, which runs only when a process reads its file. */
#include "marked.bpf.h"
#include "iterators.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("iter/task")
int on_task(struct bpf_iter__task *ctx)
{
	return emit(0, 1);
}

ON_CALL(on_call)
{
	return emit(number, 2);
}
