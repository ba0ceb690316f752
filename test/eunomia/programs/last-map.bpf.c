// SPDX-License-Identifier: GPL-2.0 OR MIT
/* Two rings. Without several export types, only the last map is printed. */
#include "marked.bpf.h"
#include "last-map.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

RING(first);
RING(second);

ON_CALL(on_call)
{
	struct event event = { .number = number, .ring = 1 };

	bpf_ringbuf_output(&first, &event, sizeof(event), 0);
	event.ring = 2;
	bpf_ringbuf_output(&second, &event, sizeof(event), 0);
	return 0;
}
