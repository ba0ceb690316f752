// SPDX-License-Identifier: MIT
/*
 * Ring buffers and perf buffers to batch. JavaScript lends a buffer; one call of reader_wait() sleeps until there is something,
 * copies all records that are there (or fit) into it, and says what else happened. libbpf keeps the rings' memory order.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "reader.h"

#define NS_PER_MS 1000000LL
/* CONFIG_NR_CPUS is nowhere more: MAXSMP of x86 */
#define MOST_CPUS 8192
#define LONGEST_PACE_MS 20
#define IDLE_NS (100 * NS_PER_MS)
#define LOSS_CHECK_NS NS_PER_SEC

API void reader_close(struct reader *c)
{
	if (!c)
		return;
	ring_buffer__free(c->rings);
	for (int i = 0; i < c->count; i++)
		perf_buffer__free(c->sources[i].perf);
	free(c->per_cpu);
	free(c);
}

/*
 * The kernel hands over a value for each CPU that it could ever have, whatever /sys says of them, where somebody may have mounted
 * another number. So it is asked itself: how many it writes. Returns 0 or -errno.
 */
static int make_room_per_cpu(struct reader *c)
{
	uint32_t only = 0;

	c->per_cpu = malloc(MOST_CPUS * sizeof(*c->per_cpu));
	if (!c->per_cpu)
		return -ENOMEM;
	memset(c->per_cpu, 0xff, MOST_CPUS * sizeof(*c->per_cpu));
	if (bpf_map_lookup_elem(c->lost_fd, &only, c->per_cpu))
		return -errno;
	while (c->cpus < MOST_CPUS && c->per_cpu[c->cpus] != UINT64_MAX)
		c->cpus++;
	c->per_cpu = realloc(c->per_cpu, c->cpus * sizeof(*c->per_cpu));
	return c->per_cpu ? 0 : -ENOMEM;
}

/*
 * lost_fd: a per-CPU array whose first value counts the records that a ring could not take, or -1. prog_fd: the program that fills
 * it, or -1. stood_in_fd: another such array, of how often another program stood in for that one, or -1. out_fd: whose reader may go
 * away, or -1. batch: capacity bytes that stay valid until reader_close(). max_record_bytes: how many bytes of a record are wanted; what is
 * beyond is cut off. Returns the reader or -errno.
 */
API int64_t reader_open(int lost_fd, int prog_fd, int stood_in_fd, int out_fd, void *batch, uint32_t capacity,
			   uint32_t max_record_bytes)
{
	struct reader *c = calloc(1, sizeof(*c));
	int error;

	if (!c)
		return -ENOMEM;
	c->head = batch;
	c->records = (uint8_t *)batch + sizeof(struct batch_head);
	c->capacity = capacity - sizeof(struct batch_head);
	c->max_record_bytes = max_record_bytes;
	c->lost_fd = lost_fd;
	c->prog_fd = prog_fd;
	c->stood_in_fd = stood_in_fd;
	c->out_fd = out_fd;
	c->watch_fd = -1;
	error = lost_fd >= 0 ? make_room_per_cpu(c) : 0;
	if (error) {
		reader_close(c);
		return error;
	}
	return (intptr_t)c;
}

/* What all CPUs have counted together. */
static uint64_t sum_of(struct reader *c, int fd)
{
	uint32_t only = 0;
	uint64_t sum = 0;

	if (fd >= 0 && !bpf_map_lookup_elem(fd, &only, c->per_cpu))
		for (int cpu = 0; cpu < c->cpus; cpu++)
			sum += c->per_cpu[cpu];
	return sum;
}

/*
 * The kernel does not run a program that is already running on the same CPU, and counts that (since 5.12). Where another stands in
 * for it, that one counts it too, but a little later: what is missed is what nobody has stood in for until the next time.
 */
static double count_missed(struct reader *c, int is_last)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	uint64_t misses = c->misses, stood_in;

	if (c->prog_fd >= 0 && !bpf_obj_get_info_by_fd(c->prog_fd, &info, &size))
		c->misses = info.recursion_misses;
	if (is_last)
		misses = c->misses;
	stood_in = sum_of(c, c->stood_in_fd);
	return misses > stood_in ? misses - stood_in : 0;
}

/*
 * Fills the batch. The loss counters cost two system calls; between two drains the ring can have been is_full only if the second
 * found it so, which half is_full is a safe sign of. The rare other losses may wait for a second, or for the end.
 */
static void drain(struct reader *c, int is_last)
{
	struct batch_head *head = c->head;
	int64_t at = now(CLOCK_MONOTONIC), wall;

	reader_consume(c);
	if (is_last || c->is_full || c->used > reader_min_buffer_bytes(c) / 2 || at - c->counted_at > LOSS_CHECK_NS) {
		head->lost = sum_of(c, c->lost_fd) + c->perf_lost;
		head->missed = count_missed(c, is_last);
		c->counted_at = at;
	}
	wall = realtime_offset();
	head->used = c->used;
	/* negative on a machine whose clock still stands before its own boot */
	head->wall_seconds = wall / NS_PER_SEC - (wall % NS_PER_SEC < 0);
	head->wall_nanoseconds = wall % NS_PER_SEC + (wall % NS_PER_SEC < 0 ? NS_PER_SEC : 0);
	head->stop_signal = stop_signal;
	head->pending = reader_pending_bytes(c) + (c->is_full ? 1 : 0);
}

/*
 * How long to let records gather before the next drain. The ring wakes us, at the price of the dying process, only when we
 * had caught up; so the longer we stay away, the fewer wake-ups, but never longer than the ring takes to fill
 * by a quarter at the present rate. After a quiet time we start short: a burst may be just beginning.
 */
static int next_pace(struct reader *c, int64_t drained_at)
{
	int64_t elapsed = drained_at - c->drained_at;
	int64_t quarter = reader_min_buffer_bytes(c) / 4;
	int64_t pace = c->pace_ms * 2 + 1;

	if (c->is_full)
		return 0;
	if (pace > LONGEST_PACE_MS)
		pace = LONGEST_PACE_MS;
	/* after a night's quiet the product would not fit, and what gathers in so long a time does not matter */
	if (elapsed > IDLE_NS)
		elapsed = IDLE_NS;
	if (c->used && pace > elapsed * quarter / c->used / NS_PER_MS)
		pace = elapsed * quarter / c->used / NS_PER_MS;
	return pace;
}

/*
 * Calls poll(2) again after a signal: stop_fd is one of the descriptors, and the death of an
 * adopted child need not end the sleep. Returns 0 or -errno.
 */
static int sleep_on(struct pollfd *fds, int count, int timeout_ms)
{
	int64_t until = now(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS;

	while (poll(fds, count, timeout_ms) < 0) {
		if (errno != EINTR)
			return -errno;
		if (timeout_ms > 0) {
			int64_t left = until - now(CLOCK_MONOTONIC);

			timeout_ms = left > 0 ? (left + NS_PER_MS - 1) / NS_PER_MS : 0;
		}
	}
	return 0;
}

/* Makes this descriptor end a sleep, once, when it becomes readable. */
API void reader_watch(struct reader *c, int fd)
{
	c->watch_fd = fd;
}

/*
 * Sleeps until records arrive, a stop signal arrives, the reader is gone, the watched descriptor is
 * readable, or longest_ms are over (-1: for ever), then drains the rings. While records keep
 * arriving, it sleeps for the pace only and lets them gather. Once a drain finds nothing, it waits
 * for the rings themselves, so that the next exit ends the sleep. The results are in the batch's
 * head. Returns 0 or -errno.
 */
API int reader_wait(struct reader *c, int longest_ms)
{
	struct pollfd fds[3 + MOST_SOURCES] = {
		{ .fd = stop_fd, .events = POLLIN },
		{ .fd = c->out_fd, .events = 0 },	/* POLLERR and POLLHUP come unasked */
		{ .fd = c->watch_fd, .events = POLLIN },
	};
	int64_t before = now(CLOCK_MONOTONIC), after;
	int pace = longest_ms >= 0 && longest_ms < c->pace_ms ? longest_ms : c->pace_ms;
	int error = pace > 0 ? sleep_on(fds, 3, pace) : 0;

	for (int i = 0; i < c->count; i++)
		fds[3 + i] = (struct pollfd){ .fd = c->sources[i].fd, .events = POLLIN };
	if (!error && !c->is_full && !fds[0].revents && !fds[1].revents && !fds[2].revents && !reader_pending_bytes(c))
		error = sleep_on(fds, 3 + c->count, longest_ms < 0 ? -1 : longest_ms - pace);
	if (error)
		return error;
	after = now(CLOCK_MONOTONIC);
	if (after - before > IDLE_NS)
		c->pace_ms = 0;

	drain(c, 0);
	c->head->reader_gone = (fds[1].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
	/* said once */
	c->head->watched_gone = fds[2].revents != 0;
	if (fds[2].revents)
		c->watch_fd = -1;
	c->pace_ms = next_pace(c, after);
	c->drained_at = after;
	return 0;
}

/*
 * One more batch without sleeping, for the end, when the programs are detached. A record that a CPU is still writing hides
 * those behind it, so it is called again while the head says pending.
 */
API void reader_drain(struct reader *c)
{
	drain(c, 1);
}
