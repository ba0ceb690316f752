/* SPDX-License-Identifier: MIT */
/* The reader's state, shared by reader.c and reader_sources.c. */
#ifndef READER_H
#define READER_H

#include <poll.h>
#include <stddef.h>
#include "native.h"

#define MAX_SOURCES 64

/* A ring buffer, or a perf buffer with one ring for each CPU. */
struct source {
	struct reader *reader;
	uint32_t index;
	int fd;			/* becomes readable when records arrive */
	size_t bytes;		/* of one ring */
	struct perf_buffer *perf;
};

struct reader {
	struct ring_buffer *rings;
	struct source sources[MAX_SOURCES];
	int count;		/* of sources */
	struct batch_head *head;
	uint8_t *records;	/* after the head */
	uint32_t capacity;	/* of records, in bytes */
	uint32_t max_record_bytes;	/* longer records are truncated */
	uint32_t used;		/* bytes of records in the batch */
	int is_full;		/* the batch may have left records in the rings */
	int drops_fd, program_fd, fallback_fd, watch_fd;
	int outputs[MAX_OUTPUTS];	/* -1: its reader has closed it */
	int output_count, open_outputs;
	uint64_t *per_cpu;	/* one value of a per-CPU array */
	int cpus;		/* of per_cpu */
	uint64_t misses;	/* recursion_misses of the program when it was last read */
	uint64_t perf_drops;	/* as reported by PERF_RECORD_LOST */
	int gather_ms;		/* how long records gather */
	int is_first_at_once;	/* the first record after a quiet time does not wait for others */
	int edge_fd;		/* an epoll: readable once for each time a ring wakes its readers;
				 * 0: records gather as long as coalesce_ms says */
	int quiet_releases;	/* of pages, since the last record */
	int64_t released_at;	/* CLOCK_MONOTONIC, ns */
	int64_t release_ns;	/* until the next release while there are records */
	int coalesce_ms;	/* how long records gather before the next drain */
	int64_t drained_at;	/* CLOCK_MONOTONIC, ns */
	int is_rehearsing;	/* reader_wait() returns at once, and leaves the batch */
	int64_t counted_at;	/* when the drop counters were read; CLOCK_MONOTONIC, ns */
};

/* A sleep waits for these: stop_fd, the watched descriptor, the outputs, and then the rings. */
struct sleeper {
	struct pollfd fds[2 + MAX_OUTPUTS + MAX_SOURCES];
	int others; /* descriptors before those of the rings */
};

/* reader_sleep.c */
int reader_sleep(struct reader *r, struct sleeper *s, int timeout_ms);
void reader_filled(struct reader *r, int64_t at);

/* reader_sources.c: fills the batch from the rings; sets used and is_full. */
void reader_consume(struct reader *r);
size_t reader_pending_bytes(const struct reader *r);
size_t reader_min_buffer_bytes(const struct reader *r);

#endif
