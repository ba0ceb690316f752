// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Typedefs and qualified types, of every kind of type. */
#include "marked.bpf.h"
#include "aliases.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	e->count = -number;
	*(int *)&e->kept = 12;
	e->big = ~0ULL;
	e->flag = true;
	e->heat = HOT;
	e->point.y = -1;
	e->mix.all = 0x00434241;
	e->triple[1] = number;
	e->table[1][2] = number;
	__builtin_memcpy(e->comm, "alias", 6);
	__builtin_memcpy((char *)e->kept_comm, "kept", 5);
	e->grip = (void *)4096;
	*(unsigned long long *)&e->real = 0x4004000000000000;
	e->huge = -1;
	*(short *)&e->still.x = 3;
	e->warm = number;
}

EVENT_PER_CALL(fill)
