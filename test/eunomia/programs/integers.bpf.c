// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Integers of every size and sign: the minimum, the maximum, and values between. */
#include "marked.bpf.h"
#include "integers.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	/* 0: the minimum; 1: the maximum; then shifted down to 0 */
	unsigned long long bits = number == 0 ? 1ULL << 63 : ~0ULL >> number;

	e->s8 = bits >> 56;
	e->u8 = ~bits >> 56;
	e->s16 = bits >> 48;
	e->u16 = ~bits >> 48;
	e->s32 = bits >> 32;
	e->u32 = ~bits >> 32;
	e->s64 = bits;
	e->u64 = ~bits;
	e->slong = -(long)bits;
	e->ulong = bits;
	e->s128 = (__int128)(long long)bits << 64 | number;
	e->u128 = (unsigned __int128)~bits << 64 | bits;
}

EVENT_PER_CALL(fill)
