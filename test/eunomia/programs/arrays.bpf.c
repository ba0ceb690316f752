// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Arrays of one to three dimensions; of structs, pointers and text; of length 0. */
#include "marked.bpf.h"
#include "arrays.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->ints[0] = number;
	e->ints[2] = -number;
	e->grid[0][1] = 1;
	e->grid[1][2] = number;
	e->cube[1][0][1] = 7;
	e->pairs[0].left = number;
	e->pairs[1].right = -1LL - number;
	e->pointers[1] = (void *)(long)number;
	e->names[0][0] = 'a';
	e->names[1][0] = 'b';
	e->names[1][1] = '0' + number;
	e->one[0] = number;
}

EVENT_PER_CALL(fill)
