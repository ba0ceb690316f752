/* SPDX-License-Identifier: MIT */
/* What reader.c and sources.c share. */
#ifndef COLLECTOR_H
#define COLLECTOR_H

#include <stddef.h>
#include "native.h"

#define MOST_SOURCES 64

/* A ring buffer, or a perf buffer, which has a part for each CPU. */
struct source {
	struct reader *reader;
	uint32_t index;
	int fd;			/* is readable when something has come */
	size_t bytes;		/* of one of its buffers */
	struct perf_buffer *perf;
};

struct reader {
	struct ring_buffer *rings;
	struct source sources[MOST_SOURCES];
	int count;
	struct batch_head *head;
	uint8_t *records;
	uint64_t *per_cpu;
	uint32_t capacity;	/* bytes behind the head */
	uint32_t max_record_bytes;	/* bytes of a record that are kept */
	uint32_t used;
	int is_full;		/* the last batch left records for want of room */
	int lost_fd, prog_fd, stood_in_fd, out_fd, watch_fd, cpus;
	uint64_t misses;	/* how often the kernel did not run the program, when that was last asked */
	uint64_t perf_lost;	/* what the kernel said of perf buffers */
	int pace_ms;
	int64_t drained_at;	/* CLOCK_MONOTONIC, ns */
	int64_t counted_at;	/* the same, of the last look at the loss counters */
};

/* Takes what is there into the batch, as far as there is room: used and is_full say how far. */
void reader_consume(struct reader *c);
size_t reader_pending_bytes(const struct reader *c);
size_t reader_min_buffer_bytes(const struct reader *c);

#endif
