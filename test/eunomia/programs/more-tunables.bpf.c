// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Options of types that ecli refuses, or writes with their bytes reversed. */
#include "marked.bpf.h"
#include "more-tunables.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

enum heat { COLD, HOT = 5 };

const volatile float single = 1.5;
const volatile double twice = 2.5;
const volatile unsigned long unsigned_long = 3;
const volatile u32 word = 4;
const volatile char letter = 'a';
const volatile u8 byte = 6;
const volatile enum heat heat = HOT;

static __always_inline void fill(struct event *e, unsigned int number)
{
	*(unsigned int *)&e->single = *(const volatile unsigned int *)&single;
	*(unsigned long *)&e->twice = *(const volatile unsigned long *)&twice;
	e->ulong = unsigned_long;
	e->word = word;
	e->letter = letter;
	e->byte = byte;
	e->heat = heat;
}

EVENT_PER_CALL(fill)
