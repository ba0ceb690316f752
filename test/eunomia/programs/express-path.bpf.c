// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A network device's first word: packets of the loopback device to the marked port. */
#include "marked.bpf.h"
#include <bpf/bpf_endian.h>
#include "express-path.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

static __always_inline int tell(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}

#define PORT 25973

SEC("xdp")
int on_packet(struct xdp_md *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = (void *)(data + 14);
	struct udphdr *udp = (void *)(ip + 1);
	int *number = (void *)(udp + 1);

	if ((void *)(number + 1) > (void *)end || ip->protocol != 17 || udp->dest != bpf_htons(PORT))
		return XDP_PASS;
	tell(*number, 1);
	return XDP_PASS;
}
