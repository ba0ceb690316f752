// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Text with control characters, which a terminal would interpret. */
#include "marked.bpf.h"
#include "control-characters.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	__builtin_memcpy(e->title, "\033]0;owned\007", 11);
	__builtin_memcpy(e->lines, "a\nb\tc\rd\be\ff", 12);
	__builtin_memcpy(e->rest, "\001\037\177\xc2\x9b", 6);
}

EVENT_PER_CALL(fill)
