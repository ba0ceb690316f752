// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Bit-fields of whole bytes. ecli prints the whole integer that contains them. */
#include "marked.bpf.h"
#include "whole-bitfields.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->first = 1 + number;
	e->second = 2;
	e->third = 3;
	e->plain = 4;
}

EVENT_PER_CALL(fill)
