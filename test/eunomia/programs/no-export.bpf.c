// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A program that exports nothing. */
#include "marked.bpf.h"
#include "no-export.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

int calls;

ON_CALL(on_call)
{
	calls++;
	return 0;
}
