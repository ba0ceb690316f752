// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records of lengths from 0 to 100,000 bytes; the type has 4. */
#include "marked.bpf.h"
#include "record-lengths.h"

#define MAX_RECORD 0x1ffff

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile unsigned int lengths[16] = {
	0, 1, 3, 4, 5, 8, 4095, 4096, 65535, 65536, 100000, 7, 4,
};
char record[MAX_RECORD + 1];

RING(events);

ON_CALL(on_call)
{
	*(volatile unsigned int *)record = number;
	bpf_ringbuf_output(&events, record, lengths[number & 15] & MAX_RECORD, 0);
	return 0;
}
