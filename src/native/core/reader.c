// SPDX-License-Identifier: MIT
/*
 * Copies records of ring buffers and perf buffers into batches. JavaScript lends one buffer; each
 * reader_wait() sleeps until records arrive, fills the buffer with all that fit, and reports in its
 * head what else happened.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "reader.h"

#define MAX_CPUS 8192		/* the largest CONFIG_NR_CPUS: MAXSMP of x86 */
#define COUNT_INTERVAL_NS NS_PER_SEC

API void reader_close(struct reader *r)
{
	if (!r)
		return;
	ring_buffer__free(r->rings);
	for (int i = 0; i < r->count; i++)
		perf_buffer__free(r->sources[i].perf);
	if (r->edge_fd > 0)
		close(r->edge_fd);
	free(r->per_cpu);
	free(r);
}

/*
 * Allocates per_cpu and sets cpus. The kernel copies a value for each possible CPU. What it
 * overwrites gives their number, because another file may be mounted over
 * /sys/devices/system/cpu/possible. Returns 0 or -errno.
 */
static int allocate_per_cpu(struct reader *r)
{
	uint32_t key = 0;

	r->per_cpu = malloc(MAX_CPUS * sizeof(*r->per_cpu));
	if (!r->per_cpu)
		return -ENOMEM;
	memset(r->per_cpu, 0xff, MAX_CPUS * sizeof(*r->per_cpu));
	if (bpf_map_lookup_elem(r->drops_fd, &key, r->per_cpu))
		return -errno;
	while (r->cpus < MAX_CPUS && r->per_cpu[r->cpus] != UINT64_MAX)
		r->cpus++;
	r->per_cpu = realloc(r->per_cpu, r->cpus * sizeof(*r->per_cpu));
	return r->per_cpu ? 0 : -ENOMEM;
}

/*
 * Creates a reader without sources. Each descriptor may be -1. drops_fd: a per-CPU array whose
 * first value counts the records that found no room in a ring. program_fd: the program that fills
 * the ring. fallback_fd: a per-CPU array like drops_fd that counts how often a fallback ran in
 * its place. batch: `capacity` bytes that stay valid until reader_close(). Longer records than
 * max_record_bytes are truncated. Returns the reader or -errno.
 */
API int64_t reader_open(int drops_fd, int program_fd, int fallback_fd, void *batch,
			uint32_t capacity, uint32_t max_record_bytes)
{
	struct reader *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	r->head = batch;
	r->records = (uint8_t *)batch + sizeof(struct batch_head);
	r->capacity = capacity - sizeof(struct batch_head);
	r->max_record_bytes = max_record_bytes;
	r->drops_fd = drops_fd;
	r->program_fd = program_fd;
	r->fallback_fd = fallback_fd;
	r->watch_fd = -1;
	error = drops_fd >= 0 ? allocate_per_cpu(r) : 0;
	if (error) {
		reader_close(r);
		return error;
	}
	return (intptr_t)r;
}

/* Adds an output: a closed reading end ends a sleep. Returns its index or -E2BIG. */
API int reader_add_output(struct reader *r, int fd)
{
	if (r->output_count == MAX_OUTPUTS)
		return -E2BIG;
	r->outputs[r->output_count++] = fd;
	return r->open_outputs++;
}

/* Returns the sum over all CPUs of a per-CPU array's first value. */
static uint64_t sum_per_cpu(struct reader *r, int fd)
{
	uint32_t key = 0;
	uint64_t sum = 0;

	if (fd >= 0 && !bpf_map_lookup_elem(fd, &key, r->per_cpu))
		for (int cpu = 0; cpu < r->cpus; cpu++)
			sum += r->per_cpu[cpu];
	return sum;
}

/*
 * Returns how many runs of the program the kernel has skipped, because the CPU was already running
 * it, and no fallback has replaced: recursion_misses (since Linux 5.12) without fallback_hits. A
 * fallback counts its run a little later, so unless is_last, the misses of the previous call are
 * compared.
 */
static double count_missed(struct reader *r, int is_last)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	uint64_t misses = r->misses, fallback_hits;

	if (r->program_fd >= 0 && !bpf_obj_get_info_by_fd(r->program_fd, &info, &size))
		r->misses = info.recursion_misses;
	if (is_last)
		misses = r->misses;
	fallback_hits = sum_per_cpu(r, r->fallback_fd);
	return misses > fallback_hits ? misses - fallback_hits : 0;
}

/*
 * Fills the batch and its head. Reads the drop counters only if a ring was more than half full, or
 * once a second: each read is two system calls, and a ring that overflowed since the last drain is
 * still nearly full.
 */
static void drain(struct reader *r, int is_last)
{
	struct batch_head *head = r->head;
	int64_t at = now(CLOCK_MONOTONIC), wall;

	reader_consume(r);
	if (is_last || r->is_full || r->used > reader_min_buffer_bytes(r) / 2 ||
	    at - r->counted_at > COUNT_INTERVAL_NS) {
		head->drops = sum_per_cpu(r, r->drops_fd) + r->perf_drops;
		head->missed = count_missed(r, is_last);
		r->counted_at = at;
	}
	wall = realtime_offset();
	head->used = r->used;
	/* rounded down: the offset is negative while the clock says less than 1970 + uptime */
	head->wall_seconds = wall / NS_PER_SEC - (wall % NS_PER_SEC < 0);
	head->wall_nanoseconds = wall % NS_PER_SEC + (wall % NS_PER_SEC < 0 ? NS_PER_SEC : 0);
	head->stop_signal = stop_signal;
	head->is_reopen_requested = take_reopen_request();
	head->is_summary_requested = take_summary_request();
	head->is_redraw_requested = take_redraw_request();
	head->pending = reader_pending_bytes(r) + (r->is_full ? 1 : 0);
}

/* Returns true if an output was closed by its reader; it is not watched any more. */
static int has_closed_output(struct reader *r, const struct pollfd *fds)
{
	int open = r->open_outputs;

	for (int i = 0; i < r->output_count; i++) {
		if (!(fds[i].revents & (POLLERR | POLLHUP | POLLNVAL)))
			continue;
		r->outputs[i] = -1;
		r->open_outputs--;
	}
	return r->open_outputs < open;
}

/* Makes this descriptor end a sleep, once, when it becomes readable. */
API void reader_watch(struct reader *r, int fd)
{
	r->watch_fd = fd;
}

/* While this is on, reader_wait() returns at once, and only sets `pending` and `stop_signal`. */
API void reader_rehearse(struct reader *r, int is_on)
{
	r->is_rehearsing = is_on;
}

/*
 * Sleeps until records arrive, a signal is handled, an output is closed, the watched descriptor is
 * readable, or timeout_ms are over (-1: for ever), then fills the batch. Records gather before
 * that: by default for longer and longer while they keep arriving, or see reader_gather(). Returns
 * 0 or -errno.
 */
API int reader_wait(struct reader *r, int timeout_ms)
{
	struct sleeper s = {
		.fds = { { .fd = stop_fd, .events = POLLIN },
			 { .fd = r->watch_fd, .events = POLLIN } },
		.others = 2 + r->output_count,
	};
	int64_t at;
	int error = 0;

	if (r->is_rehearsing) {
		r->head->pending = reader_pending_bytes(r);
		r->head->stop_signal = stop_signal;
		return 0;
	}
	/* without events, poll(2) still reports POLLERR and POLLHUP */
	for (int i = 0; i < r->output_count; i++)
		s.fds[2 + i] = (struct pollfd){ .fd = r->outputs[i] };
	for (int i = 0; i < r->count; i++)
		s.fds[s.others + i] = (struct pollfd){ .fd = r->sources[i].fd, .events = POLLIN };
	if (!r->is_full)
		error = reader_sleep(r, &s, timeout_ms);
	if (error)
		return error;
	if (s.fds[0].revents)
		clear_wake_up();
	at = now(CLOCK_MONOTONIC);

	drain(r, 0);
	r->head->is_output_closed = has_closed_output(r, s.fds + 2) && !r->open_outputs;
	r->head->is_watched_ready = s.fds[1].revents != 0;
	if (s.fds[1].revents)
		r->watch_fd = -1;
	reader_filled(r, at);
	return 0;
}

/*
 * Fills the batch without sleeping, after the programs are detached. A record that a CPU is still
 * writing hides those after it, so the caller repeats this while the head's `pending` is not 0.
 */
API void reader_drain(struct reader *r)
{
	r->head->is_watched_ready = 0;
	drain(r, 1);
}
