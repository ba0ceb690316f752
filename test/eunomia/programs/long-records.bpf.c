// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Records that are longer than their type. */
#include "marked.bpf.h"
#include "long-records.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(events);

ON_CALL(on_call)
{
	int record[3] = { number, 7, 8 };

	bpf_ringbuf_output(&events, record, number % 2 ? sizeof(record) : 2 * sizeof(int), 0);
	return 0;
}
