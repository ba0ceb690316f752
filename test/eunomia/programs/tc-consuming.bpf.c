// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Takes every other packet to the marked port out of a network device's queue. TCX has no verdict
 * for that, so the program must be attached as a filter.
 */
#include "marked.bpf.h"
#include "tc-consuming.h"
#include "packets.bpf.h"

#define TC_ACT_OK 0
#define TC_ACT_STOLEN 4

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

SEC("tc")
int on_packet(struct __sk_buff *ctx)
{
	struct event event = {
		.number = number_in_packet((void *)(long)ctx->data, (void *)(long)ctx->data_end),
	};

	if (event.number < 0)
		return TC_ACT_OK;
	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	/* clang compiles this into a shift, so the code contains no constant 4 */
	return event.number & 1 ? TC_ACT_STOLEN : TC_ACT_OK;
}
