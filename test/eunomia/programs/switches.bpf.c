// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The three kinds of options without a value. */
#include "marked.bpf.h"
#include "switches.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

const volatile bool plain = false;
/// @cmdarg {"default": true, "help": "on by default"}
const volatile bool on = false;
/// @cmdarg {"default": false}
const volatile bool off = false;
/// @cmdarg {"default": true, "long": "shown"}
const volatile bool renamed = true;
/// @cmdarg {"default": false}
bool later;

static __always_inline void fill(struct event *e, unsigned int n)
{
	e->plain = plain;
	e->on = on;
	e->off = off;
	e->renamed = renamed;
	e->later = later;
}

EVENT_PER_CALL(fill)
