// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records of lengths from 0 to 65,000 bytes, through a perf buffer; the type has 4. */
#include "marked.bpf.h"
#include "perf-record-lengths.h"

#define MAX_RECORD 0x1ffff

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile unsigned int lengths[16] = {
	0, 1, 3, 4, 5, 8, 4095, 4096, 32768, 60000, 65000, 4,
};
char record[MAX_RECORD + 1];

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(int));
	__uint(value_size, sizeof(int));
} events SEC(".maps");

ON_CALL(on_call)
{
	*(volatile unsigned int *)record = number;
	bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, record, lengths[number & 15] & MAX_RECORD);
	return 0;
}
