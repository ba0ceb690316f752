/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Shared by the programs of this folder, which record only the marked calls of
 * test/fixtures/marked-calls.c. The tests write fixture.h, which defines MARK, a number that is
 * different in each run, PORT, and FIXTURE, the path of the fixture.
 */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include "fixture.h"

#define RING(name)									\
	struct {									\
		__uint(type, BPF_MAP_TYPE_RINGBUF);					\
		__uint(max_entries, 256 * 1024);					\
	} name SEC(".maps")

/* Defines a function that runs for each marked call, with the call's number. */
#define ON_CALL(name)									\
	static __always_inline int name##_marked(void *ctx, unsigned int number);	\
	SEC("tp/syscalls/sys_enter_getpriority")					\
	int name(struct trace_event_raw_sys_enter *call)				\
	{										\
		return call->args[0] == MARK ? name##_marked(call, call->args[1]) : 0;	\
	}										\
	static __always_inline int name##_marked(void *ctx, unsigned int number)

/* Emits one event per call to the ring `events`. The event is zeroed before fill(event, number). */
#define EVENT_PER_CALL(fill)								\
	RING(events);									\
	ON_CALL(on_call)								\
	{										\
		struct event *e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);		\
											\
		if (!e)									\
			return 0;							\
		__builtin_memset(e, 0, sizeof(*e));					\
		fill(e, number);							\
		bpf_ringbuf_submit(e, 0);						\
		return 0;								\
	}
