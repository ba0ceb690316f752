// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records of every length that somebody could send, none and far more than their type among them. */
#include "marked.bpf.h"
#include "odd-lengths.h"

#define MOST 0x1ffff

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile unsigned int lengths[16] = { 0, 1, 3, 4, 5, 8, 4095, 4096, 65535, 65536, 100000, 7, 4 };
char record[MOST + 1];

RING(events);

ON_CALL(on_call)
{
	*(volatile unsigned int *)record = number;
	bpf_ringbuf_output(&events, record, lengths[number & 15] & MOST, 0);
	return 0;
}
