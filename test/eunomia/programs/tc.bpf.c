// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records packets to the marked port in the loopback device's traffic control. */
#include "marked.bpf.h"
#include "tc.h"
#include "emit.bpf.h"
#include "packets.bpf.h"

#define TC_ACT_OK 0

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("tc")
int on_packet(struct __sk_buff *ctx)
{
	int number = number_in_packet((void *)(long)ctx->data, (void *)(long)ctx->data_end);

	if (number >= 0)
		emit(number, 1);
	return TC_ACT_OK;
}
