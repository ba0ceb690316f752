// SPDX-License-Identifier: MIT
/* Where a reader's records come from: ring buffers and perf buffers, all into one batch. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <unistd.h>
#include "reader.h"

static uint32_t batch_bytes(uint32_t size)
{
	return sizeof(struct record_head) + ((size + 7) & ~7u);
}

/* Takes a record; whether there is room for another one. libbpf takes it out of its buffer also where there is not. */
static int keep(struct source *source, const void *data, size_t size)
{
	struct reader *c = source->reader;
	struct record_head head = { .size = size < c->max_record_bytes ? size : c->max_record_bytes, .source = source->index };

	memcpy(c->records + c->used, &head, sizeof(head));
	memcpy(c->records + c->used + sizeof(head), data, head.size);
	c->used += batch_bytes(head.size);
	c->is_full = c->capacity - c->used < batch_bytes(c->max_record_bytes);
	return !c->is_full;
}

static int on_ring_record(void *context, void *data, size_t size)
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

static enum bpf_perf_event_ret on_perf_event(void *context, int cpu, struct perf_event_header *event)
{
	struct source *source = context;

	(void)cpu;
	if (event->type == PERF_RECORD_LOST) {
		source->reader->perf_lost += ((struct perf_loss *)event)->lost;
	} else if (event->type == PERF_RECORD_SAMPLE) {
		struct perf_sample *sample = (struct perf_sample *)event;

		if (!keep(source, sample->data, sample->size))
			return LIBBPF_PERF_EVENT_DONE;
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static struct source *next_source(struct reader *c, int fd)
{
	struct source *source = c->count < MOST_SOURCES ? &c->sources[c->count] : NULL;

	if (source)
		*source = (struct source){ .reader = c, .index = c->count, .fd = fd };
	return source;
}

/* A BPF_MAP_TYPE_RINGBUF. Returns its index, which its records carry, or -errno. */
API int reader_add_ring(struct reader *c, int fd)
{
	struct source *source = next_source(c, fd);
	struct ring *ring;

	if (!source)
		return -E2BIG;
	if (!c->rings)
		c->rings = ring_buffer__new(fd, on_ring_record, source, NULL);
	else if (ring_buffer__add(c->rings, fd, on_ring_record, source))
		return -errno;
	if (!c->rings)
		return -errno;
	/* the last one */
	for (unsigned int i = 0; (ring = ring_buffer__ring(c->rings, i)); i++)
		source->bytes = ring__size(ring);
	return c->count++;
}

/* A BPF_MAP_TYPE_PERF_EVENT_ARRAY, with a buffer of so many pages for each CPU. The same. */
API int reader_add_perf(struct reader *c, int fd, uint32_t pages)
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
	source->perf = perf_buffer__new_raw(fd, pages, &attr, on_perf_event, source, NULL);
	if (!source->perf)
		return -errno;
	source->fd = perf_buffer__epoll_fd(source->perf);
	source->bytes = pages * sysconf(_SC_PAGESIZE);
	return c->count++;
}

/* Of the smallest, which is is_full first. */
size_t reader_min_buffer_bytes(const struct reader *c)
{
	size_t least = SIZE_MAX;

	for (int i = 0; i < c->count; i++)
		if (c->sources[i].bytes < least)
			least = c->sources[i].bytes;
	return least;
}

/* Bytes that wait in the rings; in perf buffers it cannot be seen, but there poll() tells what came while nobody looked. */
size_t reader_pending_bytes(const struct reader *c)
{
	struct ring *ring;
	size_t sum = 0;

	for (unsigned int i = 0; c->rings && (ring = ring_buffer__ring(c->rings, i)); i++)
		sum += ring__avail_data_size(ring);
	return sum;
}

void reader_consume(struct reader *c)
{
	c->used = 0;
	c->is_full = 0;
	if (c->rings)
		ring_buffer__consume(c->rings);
	for (int i = 0; i < c->count && !c->is_full; i++) {
		struct perf_buffer *perf = c->sources[i].perf;
		size_t buffers = perf ? perf_buffer__buffer_cnt(perf) : 0;

		for (size_t cpu = 0; cpu < buffers && !c->is_full; cpu++)
			perf_buffer__consume_buffer(perf, cpu);
	}
}
