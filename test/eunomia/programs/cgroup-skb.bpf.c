// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records the packets of a cgroup. The package does not say which cgroup. */
#include "marked.bpf.h"
#include "cgroup-skb.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("cgroup_skb/egress")
int on_packet(struct __sk_buff *ctx)
{
	emit(0, 1);
	return 1;
}
