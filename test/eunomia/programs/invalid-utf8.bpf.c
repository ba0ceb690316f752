// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Text that is not UTF-8. */
#include "marked.bpf.h"
#include "invalid-utf8.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->number = number;
	__builtin_memcpy(e->bytes, "a\xff\xfe" "b\xc0\x80" "c\xed\xa0\x80" "d", 12);
	/* a character without its last byte */
	__builtin_memcpy(e->cut, "e\xe2\x82", 4);
}

EVENT_PER_CALL(fill)
