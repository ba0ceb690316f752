/* SPDX-License-Identifier: MIT */
/* The names of segments, and which of them are in a directory: segment_names.c. */
#ifndef SEGMENT_NAMES_H
#define SEGMENT_NAMES_H

#include <stdint.h>

#define SEGMENT_NAME_BYTES 32
#define MAX_SEGMENTS 10000
#define BLOCK_BYTES 4096 /* the least that a segment counts, so that small ones are bounded, too */

struct segment {
	uint64_t number;
	uint64_t bytes;		/* as it counts */
	int64_t changed;	/* CLOCK_REALTIME, ns */
	int suffix;		/* its index */
	int is_empty;
};

struct segment_list {
	uint64_t last;	/* the highest number of any file with such a name, a link for example */
	uint64_t bytes;	/* of all segments */
	uint64_t total; /* segments; more than `count` if there was no room for some of the newest */
	uint64_t complete_below; /* all segments with lower numbers are listed */
	uint32_t count;
	struct segment segments[2 * MAX_SEGMENTS]; /* from the oldest to the newest */
};

/* Returns the index of a suffix, or -1 if segments do not have it. */
int segment_suffix(const char *suffix);
/* Writes the name of a segment: SEGMENT_NAME_BYTES at most. */
void write_segment_name(char *name, uint64_t number, int suffix);
/* Lists the regular files in a directory whose names are those of segments. Returns 0 or -errno. */
int list_segments(int directory, struct segment_list *list);

#endif
