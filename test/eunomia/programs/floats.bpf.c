// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Floating-point values. BPF cannot calculate with them, so a table has their bits. */
#include "marked.bpf.h"
#include "floats.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static const unsigned int singles[] = {
	0x3fc00000, 0x3dcccccd, 0x80000000, 0x7f7fffff, 0x00000001, 0x42c80000,
	0x7f800000, 0xff800000, 0x7fc00000, 0x4b800000, 0x3727c5ac, 0x5a0e1bca,
};
static const unsigned long long doubles[] = {
	0x3ff8000000000000, 0x3fb999999999999a, 0x8000000000000000, 0x7fefffffffffffff,
	0x0000000000000001, 0x4059000000000000, 0x7ff0000000000000, 0xfff0000000000000,
	0x7ff8000000000000, 0x4341c37937e08000, 0x3ee4f8b588e368f1, 0x430c6bf526340000,
};

static __always_inline void fill(struct event *e, unsigned int number)
{
	unsigned int at = number;

	if (at >= sizeof(singles) / sizeof(singles[0]))
		return;
	*(unsigned int *)&e->single = singles[at];
	*(unsigned long long *)&e->twice = doubles[at];
	*(unsigned int *)&e->pair[0] = singles[at];
	*(unsigned int *)&e->pair[1] = singles[0];
}

EVENT_PER_CALL(fill)
