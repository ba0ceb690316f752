// SPDX-License-Identifier: GPL-2.0 OR MIT
/* A statically defined probe (USDT) of the marked program. */
#include "marked.bpf.h"
#include <bpf/usdt.bpf.h>
#include "usdt.h"
#include "emit.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

SEC("usdt/" FIXTURE ":marked:call")
int BPF_USDT(on_call, int number)
{
	return emit(number, 1);
}
