// SPDX-License-Identifier: GPL-2.0 OR MIT
/** @brief Prints the values of its options.
 *  @details Each call makes one event, with the value of each option.
 *  @version 1.2.3
 */
#include "marked.bpf.h"
#include "tunables.h"

/// @brief Prints the values of its options.
/// @details Each call makes one event, with the value of each option.
/// @version 1.2.3
char LICENSE[] SEC("license") = "Dual MIT/GPL";

/// a small number
const volatile short small = -1;
/// @cmdarg {"default": 12, "long": "small-positive", "help": "a small number without a sign"}
const volatile unsigned short small_positive = 0;
/// @cmdarg {"default": -5, "short": "n", "help": "a number"}
const volatile int number_of = 0;
const volatile unsigned int positive = 4000000000U;
/// @cmdarg {"default": "-7", "short": "L"}
const volatile long long_one = 0;
const volatile long long big = -1;
const volatile unsigned long long big_positive = 18446744073709551615ULL;
const volatile pid_t process = 1;
/// @cmdarg {"default": "none", "short": "t", "long": "text", "help": "up to 15 characters"}
const volatile char words[16] = "initial";
/// @cmdarg {"long": "at-first"}
int zero;
/// @cmdarg {"default": 5}
long long started;
const volatile int untouched = 77;

static __always_inline void fill(struct event *e, unsigned int n)
{
	e->s16 = small;
	e->u16 = small_positive;
	e->s32 = number_of;
	e->u32 = positive;
	e->slong = long_one;
	e->s64 = big;
	e->u64 = big_positive;
	e->pid = process;
	for (int i = 0; i < sizeof(words); i++)
		e->text[i] = words[i];
	e->zero = zero++;
	e->started = started;
	e->untouched = untouched;
}

EVENT_PER_CALL(fill)
