// SPDX-License-Identifier: MIT
/* The ring buffers and perf buffers from which a reader fills its batch. */
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <string.h>
#include <unistd.h>
#include "reader.h"

/* Returns the bytes that a record of this size occupies in a batch. */
static uint32_t batch_bytes(uint32_t size)
{
	return sizeof(struct record_head) + ((size + 7) & ~7u);
}

/*
 * Appends a record to the batch. Returns 1 if another one has room. There is always room for this
 * one: libbpf drops a record even if its callback fails.
 */
static int append(struct source *source, const void *data, size_t size)
{
	struct reader *r = source->reader;
	struct record_head head = {
		.size = size < r->max_record_bytes ? size : r->max_record_bytes,
		.source = source->index,
	};

	memcpy(r->records + r->used, &head, sizeof(head));
	memcpy(r->records + r->used + sizeof(head), data, head.size);
	r->used += batch_bytes(head.size);
	r->is_full = r->capacity - r->used < batch_bytes(r->max_record_bytes);
	return !r->is_full;
}

/* ring_buffer_sample_fn */
static int on_ring_record(void *context, void *data, size_t size)
{
	return append(context, data, size) ? 0 : -ENOSPC;
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

/* perf_buffer_event_fn */
static enum bpf_perf_event_ret on_perf_event(void *context, int cpu,
					      struct perf_event_header *event)
{
	struct source *source = context;

	(void)cpu;
	if (event->type == PERF_RECORD_LOST) {
		source->reader->perf_drops += ((struct perf_loss *)event)->lost;
	} else if (event->type == PERF_RECORD_SAMPLE) {
		struct perf_sample *sample = (struct perf_sample *)event;

		if (!append(source, sample->data, sample->size))
			return LIBBPF_PERF_EVENT_DONE;
	}
	return LIBBPF_PERF_EVENT_CONT;
}

static struct source *next_source(struct reader *r, int fd)
{
	struct source *source = r->count < MAX_SOURCES ? &r->sources[r->count] : NULL;

	if (source)
		*source = (struct source){ .reader = r, .index = r->count, .fd = fd };
	return source;
}

/* Adds a BPF_MAP_TYPE_RINGBUF. Returns its index, which its records carry, or -errno. */
API int reader_add_ring(struct reader *r, int fd)
{
	struct source *source = next_source(r, fd);
	struct ring *ring;

	if (!source)
		return -E2BIG;
	if (!r->rings)
		r->rings = ring_buffer__new(fd, on_ring_record, source, NULL);
	else if (ring_buffer__add(r->rings, fd, on_ring_record, source))
		return -errno;
	if (!r->rings)
		return -errno;
	/* ends with the size of the last ring, which is the added one */
	for (unsigned int i = 0; (ring = ring_buffer__ring(r->rings, i)); i++)
		source->bytes = ring__size(ring);
	return r->count++;
}

/*
 * Adds a BPF_MAP_TYPE_PERF_EVENT_ARRAY, with a ring of that many pages for each CPU. Returns its
 * index, which its records carry, or -errno.
 */
API int reader_add_perf(struct reader *r, int fd, uint32_t pages)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};
	struct source *source = next_source(r, -1);

	if (!source)
		return -E2BIG;
	source->perf = perf_buffer__new_raw(fd, pages, &attr, on_perf_event, source, NULL);
	if (!source->perf)
		return -errno;
	source->fd = perf_buffer__epoll_fd(source->perf);
	source->bytes = pages * sysconf(_SC_PAGESIZE);
	return r->count++;
}

/* Returns the size of the smallest ring, which is the first to be full. */
size_t reader_min_buffer_bytes(const struct reader *r)
{
	size_t min = SIZE_MAX;

	for (int i = 0; i < r->count; i++)
		if (r->sources[i].bytes < min)
			min = r->sources[i].bytes;
	return min;
}

/*
 * Returns the bytes that wait in ring buffers. Perf buffers are not counted: libbpf does not show
 * their position, but poll(2) reports them.
 */
size_t reader_pending_bytes(const struct reader *r)
{
	struct ring *ring;
	size_t sum = 0;

	for (unsigned int i = 0; r->rings && (ring = ring_buffer__ring(r->rings, i)); i++)
		sum += ring__avail_data_size(ring);
	return sum;
}

void reader_consume(struct reader *r)
{
	r->used = 0;
	r->is_full = 0;
	if (r->rings)
		ring_buffer__consume(r->rings);
	for (int i = 0; i < r->count && !r->is_full; i++) {
		struct perf_buffer *perf = r->sources[i].perf;
		size_t rings = perf ? perf_buffer__buffer_cnt(perf) : 0;

		for (size_t cpu = 0; cpu < rings && !r->is_full; cpu++)
			perf_buffer__consume_buffer(perf, cpu);
	}
}
