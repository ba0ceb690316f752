// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Takes every other packet to the marked port out of a network device's queue. TCX has no verdict
 * for that, so the program must be attached as a filter.
 */
#include "marked.bpf.h"
#include <bpf/bpf_endian.h>
#include "consuming-traffic.h"

#define TC_ACT_OK 0
#define TC_ACT_STOLEN 4

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

SEC("tc")
int on_packet(struct __sk_buff *ctx)
{
	unsigned char *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = (void *)(data + 14);
	struct udphdr *udp = (void *)(ip + 1);
	int *number = (void *)(udp + 1);
	struct event event;

	if ((void *)(number + 1) > (void *)end || ip->protocol != 17 || udp->dest != bpf_htons(PORT))
		return TC_ACT_OK;
	event.number = *number;
	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	/* clang compiles this into a shift, so the code contains no constant 4 */
	return event.number & 1 ? TC_ACT_STOLEN : TC_ACT_OK;
}
