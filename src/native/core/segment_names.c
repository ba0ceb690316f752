// SPDX-License-Identifier: MIT
/*
 * The names of segments: `exits-0000000042.jsonl`. Numbers increase whatever the clock does, and
 * names sort as they do. Any other file in the directory is not a segment, and is never touched.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "native.h"
#include "segment_names.h"

#define PREFIX "exits-"
#define DIGITS 10

/* src/trace/segments.ts chooses one by the format. */
static const char *const suffixes[] = { ".jsonl", ".csv", ".txt" };
#define SUFFIX_COUNT ((int)(sizeof(suffixes) / sizeof(*suffixes)))

int segment_suffix(const char *suffix)
{
	for (int i = 0; i < SUFFIX_COUNT; i++) {
		if (!strcmp(suffix, suffixes[i]))
			return i;
	}
	return -1;
}

void write_segment_name(char *name, uint64_t number, int suffix)
{
	snprintf(name, SEGMENT_NAME_BYTES, PREFIX "%0*llu%s", DIGITS, (unsigned long long)number,
		 suffixes[suffix]);
}

/* Returns true if a name is exactly one that write_segment_name() writes. */
static int parse_name(const char *name, struct segment *segment)
{
	const char *digits = name + strlen(PREFIX);

	if (strncmp(name, PREFIX, strlen(PREFIX)) || strspn(digits, "0123456789") != DIGITS)
		return 0;
	segment->number = strtoull(digits, NULL, 10);
	segment->suffix = segment_suffix(digits + DIGITS);
	return segment->suffix >= 0;
}

static int compare(const void *a, const void *b)
{
	const struct segment *one = a, *other = b;

	return one->number < other->number ? -1 : one->number > other->number;
}

static void add(struct segment_list *list, const struct segment *segment)
{
	list->bytes += segment->bytes;
	list->total++;
	list->segments[list->count++] = *segment;
	if (list->count < 2 * MAX_SEGMENTS)
		return;
	/* the oldest are those that can be removed */
	qsort(list->segments, list->count, sizeof(*segment), compare);
	list->count = MAX_SEGMENTS;
	if (list->segments[MAX_SEGMENTS].number < list->complete_below)
		list->complete_below = list->segments[MAX_SEGMENTS].number;
}

int list_segments(int directory, struct segment_list *list)
{
	/* the position is shared with `directory`, so it is set */
	int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0);
	DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	struct dirent *entry;
	struct segment segment;
	struct stat st;

	if (!entries) {
		int error = -errno;

		if (copy >= 0)
			close(copy);
		return error;
	}
	list->last = list->bytes = list->total = list->count = 0;
	list->complete_below = UINT64_MAX;
	rewinddir(entries);
	while ((entry = readdir(entries))) {
		if (!parse_name(entry->d_name, &segment))
			continue;
		if (segment.number > list->last)
			list->last = segment.number;
		if (fstatat(directory, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ||
		    !S_ISREG(st.st_mode))
			continue;
		segment.is_empty = !st.st_size;
		segment.bytes = (st.st_size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
		if (segment.is_empty)
			segment.bytes = BLOCK_BYTES;
		segment.changed = st.st_mtim.tv_sec * NS_PER_SEC + st.st_mtim.tv_nsec;
		add(list, &segment);
	}
	closedir(entries);
	qsort(list->segments, list->count, sizeof(segment), compare);
	return 0;
}
