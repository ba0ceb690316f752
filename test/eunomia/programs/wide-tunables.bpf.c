// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Has options with defaults that a double cannot hold. */
#include "marked.bpf.h"
#include "wide-tunables.h"

/// Prints the values of its options.
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// @cmdarg {"default": 18446744073709551615}
const volatile unsigned long long most;
/// @cmdarg {"default": 9007199254740993}
const volatile unsigned long long odd;
/// @cmdarg {"default": -9223372036854775808}
const volatile long long least;
/// @cmdarg {"default": -9007199254740993}
const volatile long long negative;
/// @value 9223372036854775809
const volatile unsigned long long plain;

static __always_inline void fill(struct event *e, unsigned int number)
{
	e->most = most;
	e->odd = odd;
	e->least = least;
	e->negative = negative;
	e->plain = plain;
}

EVENT_PER_CALL(fill)
