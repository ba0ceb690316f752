// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A function of the marked program, at its entry and at its return. */
#include "marked.bpf.h"
#include "uprobes.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("uprobe/" FIXTURE ":marked_call")
int BPF_KPROBE(entry, int number)
{
	return emit(number, 1);
}

SEC("uretprobe/" FIXTURE ":marked_call")
int BPF_KRETPROBE(leave, int result)
{
	return emit(result, 2);
}
