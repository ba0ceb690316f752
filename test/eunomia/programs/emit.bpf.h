/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * For programs whose events have only the number of the call and of the program. Include it after
 * the header with struct event.
 */
RING(events);

static __always_inline int emit(int number, int by)
{
	struct event event = { .number = number, .by = by };

	bpf_ringbuf_output(&events, &event, sizeof(event), 0);
	return 0;
}
