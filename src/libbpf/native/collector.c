// SPDX-License-Identifier: MIT
/*
 * Ring buffers and perf buffers to batch. JavaScript lends a buffer; one call of collector_wait() sleeps until there is something,
 * copies all records that are there (or fit) into it, and says what else happened. libbpf keeps the rings' memory order.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

#define NS_PER_SEC 1000000000LL
#define NS_PER_MS 1000000LL
#define LONGEST_PACE_MS 20
#define IDLE_NS (100 * NS_PER_MS)
#define LOSS_CHECK_NS NS_PER_SEC
#define MOST_SOURCES 64

/* A ring buffer, or a perf buffer, which has a part for each CPU. */
struct source {
	struct collector *collector;
	uint32_t index;
	int fd;			/* is readable when something has come */
	size_t bytes;		/* of one of its buffers */
	struct perf_buffer *perf;
};

struct collector {
	struct ring_buffer *rings;
	struct source sources[MOST_SOURCES];
	int count;
	struct batch_head *head;
	uint8_t *records;
	uint64_t *per_cpu;
	uint32_t capacity;	/* bytes behind the head */
	uint32_t longest;	/* bytes of a record that are kept */
	uint32_t used;
	int full;		/* the last batch left records for want of room */
	int lost_fd, prog_fd, out_fd, watch_fd, cpus;
	uint64_t perf_lost;	/* what the kernel said of perf buffers */
	int pace_ms;
	int64_t drained_at;	/* CLOCK_MONOTONIC, ns */
	int64_t counted_at;	/* the same, of the last look at the loss counters */
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

static uint32_t room_for(uint32_t size)
{
	return sizeof(struct record_head) + ((size + 7) & ~7u);
}

/* Takes a record; whether there is room for another one. libbpf takes it out of its buffer also where there is not. */
static int keep(struct source *source, const void *data, size_t size)
{
	struct collector *c = source->collector;
	struct record_head head = { .size = size < c->longest ? size : c->longest, .source = source->index };

	memcpy(c->records + c->used, &head, sizeof(head));
	memcpy(c->records + c->used + sizeof(head), data, head.size);
	c->used += room_for(head.size);
	c->full = c->capacity - c->used < room_for(c->longest);
	return !c->full;
}

static int take(void *context, void *data, size_t size)
{
	return keep(context, data, size) ? 0 : -ENOSPC;
}

/* include/uapi/linux/perf_event.h: PERF_RECORD_SAMPLE with PERF_SAMPLE_RAW, and PERF_RECORD_LOST */
struct perf_sample {
	struct perf_event_header header;
	uint32_t size;
	char data[];
};
struct perf_loss {
	struct perf_event_header header;
	uint64_t id, lost;
};

static enum bpf_perf_event_ret take_perf(void *context, int cpu, struct perf_event_header *event)
{
	struct source *source = context;

	(void)cpu;
	if (event->type == PERF_RECORD_LOST) {
		source->collector->perf_lost += ((struct perf_loss *)event)->lost;
	} else if (event->type == PERF_RECORD_SAMPLE) {
		struct perf_sample *sample = (struct perf_sample *)event;

		if (!keep(source, sample->data, sample->size))
			return LIBBPF_PERF_EVENT_DONE;
	}
	return LIBBPF_PERF_EVENT_CONT;
}

API void collector_close(struct collector *c)
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
 * lost_fd: a per-CPU array whose first value counts the records that a ring could not take, or -1. prog_fd: the program that fills
 * it, or -1. out_fd: whose reader may go away, or -1. batch: capacity bytes that stay valid until collector_close(). longest: how
 * many bytes of a record are wanted; what is beyond is cut off. Returns the collector or -errno.
 */
API int64_t collector_open(int lost_fd, int prog_fd, int out_fd, void *batch, uint32_t capacity, uint32_t longest)
{
	struct collector *c = calloc(1, sizeof(*c));

	if (!c)
		return -ENOMEM;
	c->head = batch;
	c->records = (uint8_t *)batch + sizeof(struct batch_head);
	c->capacity = capacity - sizeof(struct batch_head);
	c->longest = longest;
	c->lost_fd = lost_fd;
	c->prog_fd = prog_fd;
	c->out_fd = out_fd;
	c->watch_fd = -1;
	c->cpus = libbpf_num_possible_cpus();
	c->per_cpu = c->cpus > 0 ? calloc(c->cpus, sizeof(*c->per_cpu)) : NULL;
	if (!c->per_cpu) {
		collector_close(c);
		return -ENOMEM;
	}
	return (intptr_t)c;
}

static struct source *next_source(struct collector *c, int fd)
{
	struct source *source = c->count < MOST_SOURCES ? &c->sources[c->count] : NULL;

	if (source)
		*source = (struct source){ .collector = c, .index = c->count, .fd = fd };
	return source;
}

/* A BPF_MAP_TYPE_RINGBUF. Returns its index, which its records carry, or -errno. */
API int collector_add_ring(struct collector *c, int fd)
{
	struct source *source = next_source(c, fd);
	struct ring *ring;

	if (!source)
		return -E2BIG;
	if (!c->rings)
		c->rings = ring_buffer__new(fd, take, source, NULL);
	else if (ring_buffer__add(c->rings, fd, take, source))
		return -errno;
	if (!c->rings)
		return -errno;
	/* the last one */
	for (unsigned int i = 0; (ring = ring_buffer__ring(c->rings, i)); i++)
		source->bytes = ring__size(ring);
	return c->count++;
}

/* A BPF_MAP_TYPE_PERF_EVENT_ARRAY, with a buffer of so many pages for each CPU. The same. */
API int collector_add_perf(struct collector *c, int fd, uint32_t pages)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	struct source *source = next_source(c, -1);

	if (!source)
		return -E2BIG;
	source->perf = perf_buffer__new_raw(fd, pages, &attr, take_perf, source, NULL);
	if (!source->perf)
		return -errno;
	source->fd = perf_buffer__epoll_fd(source->perf);
	source->bytes = pages * sysconf(_SC_PAGESIZE);
	return c->count++;
}

static double count_lost(struct collector *c)
{
	struct bpf_prog_info info = {};
	uint32_t only = 0, size = sizeof(info);
	uint64_t sum = 0;

	if (c->lost_fd >= 0 && !bpf_map_lookup_elem(c->lost_fd, &only, c->per_cpu))
		for (int cpu = 0; cpu < c->cpus; cpu++)
			sum += c->per_cpu[cpu];
	/* the kernel does not run a program that is already running on the same CPU, and counts that (since 5.12) */
	if (c->prog_fd >= 0 && !bpf_obj_get_info_by_fd(c->prog_fd, &info, &size))
		sum += info.recursion_misses;
	return sum + c->perf_lost;
}

/* Of the smallest, which is full first. */
static size_t least_bytes(const struct collector *c)
{
	size_t least = SIZE_MAX;

	for (int i = 0; i < c->count; i++)
		if (c->sources[i].bytes < least)
			least = c->sources[i].bytes;
	return least;
}

/* Bytes that wait in the rings; in perf buffers it cannot be seen, but there poll() tells what came while nobody looked. */
static size_t waiting(const struct collector *c)
{
	struct ring *ring;
	size_t sum = 0;

	for (unsigned int i = 0; c->rings && (ring = ring_buffer__ring(c->rings, i)); i++)
		sum += ring__avail_data_size(ring);
	return sum;
}

static void consume(struct collector *c)
{
	c->used = 0;
	c->full = 0;
	if (c->rings)
		ring_buffer__consume(c->rings);
	for (int i = 0; i < c->count && !c->full; i++) {
		struct perf_buffer *perf = c->sources[i].perf;
		size_t buffers = perf ? perf_buffer__buffer_cnt(perf) : 0;

		for (size_t cpu = 0; cpu < buffers && !c->full; cpu++)
			perf_buffer__consume_buffer(perf, cpu);
	}
}

/*
 * Fills the batch. The loss counters cost two system calls; between two drains the ring can have been full only if the second
 * found it so, which half full is a safe sign of. The rare other losses may wait for a second, or for the end.
 */
static void drain(struct collector *c, int is_last)
{
	struct batch_head *head = c->head;
	int64_t at = now(CLOCK_MONOTONIC), wall;

	consume(c);
	if (is_last || c->full || c->used > least_bytes(c) / 2 || at - c->counted_at > LOSS_CHECK_NS) {
		head->lost = count_lost(c);
		c->counted_at = at;
	}
	wall = now(CLOCK_REALTIME) - now(CLOCK_BOOTTIME);
	head->used = c->used;
	/* negative on a machine whose clock still stands before its own boot */
	head->wall_seconds = wall / NS_PER_SEC - (wall % NS_PER_SEC < 0);
	head->wall_nanoseconds = wall % NS_PER_SEC + (wall % NS_PER_SEC < 0 ? NS_PER_SEC : 0);
	head->stop_signal = stop_signal;
	head->pending = waiting(c) + (c->full ? 1 : 0);
}

/*
 * How long to let records gather before the next drain. The ring wakes us, at the price of the dying process, only when we
 * had caught up; so the longer we stay away, the fewer wake-ups, but never longer than the ring takes to fill
 * by a quarter at the present rate. After a quiet time we start short: a burst may be just beginning.
 */
static int next_pace(struct collector *c, int64_t drained_at)
{
	int64_t elapsed = drained_at - c->drained_at;
	int64_t quarter = least_bytes(c) / 4;
	int64_t pace = c->pace_ms * 2 + 1;

	if (c->full)
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

/* poll(2); a signal only ends the sleep early. Returns 0 or -errno. */
static int sleep_on(struct pollfd *fds, int count, int timeout_ms)
{
	return poll(fds, count, timeout_ms) < 0 && errno != EINTR ? -errno : 0;
}

/* A process whose end shall end a sleep: its pidfd. */
API void collector_watch(struct collector *c, int pidfd)
{
	c->watch_fd = pidfd;
}

/*
 * Sleeps until there are records, a stop signal has come, the reader is gone, the watched process is dead, or that many ms are over
 * (-1: for ever), then drains. While records keep coming it only lets them gather for the pace; it waits for the rings
 * themselves, and so lets the next death wake it, once it finds nothing. Everything stands in the batch's head. Returns 0 or -errno.
 */
API int collector_wait(struct collector *c, int longest_ms)
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
	if (!error && !c->full && !fds[0].revents && !fds[1].revents && !fds[2].revents && !waiting(c))
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
API void collector_drain(struct collector *c)
{
	drain(c, 1);
}
