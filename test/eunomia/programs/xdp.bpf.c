// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records packets to the marked port where the loopback device receives them. */
#include "marked.bpf.h"
#include "xdp.h"
#include "emit.bpf.h"
#include "packets.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("xdp")
int on_packet(struct xdp_md *ctx)
{
	int number = number_in_packet((void *)(long)ctx->data, (void *)(long)ctx->data_end);

	if (number >= 0)
		emit(number, 1);
	return XDP_PASS;
}
