// SPDX-License-Identifier: MIT
/*
 * The memory of a process that is forked to run C code only: the brokers, and the writer to
 * journald. It shares the pages of the JavaScript engine, and whenever the tracer writes to one of
 * them, the kernel keeps the old one for the child. It also has the ring buffers, where it could
 * acknowledge records that the tracer has not read.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "native.h"

/* The engine reserves its heaps in mappings of this size and more; C code has none. */
#define MIN_ENGINE_HEAP (1UL << 30)
#define MAX_UNMAPPED 64

struct range {
	unsigned long start, end;
};

/* Returns true if a line of /proc/self/maps is of memory that only the parent uses. */
static int is_of_parent(const char *line, struct range *range)
{
	char rights[5], name[32] = "";

	if (sscanf(line, "%lx-%lx %4s %*x %*x:%*x %*u %31s", &range->start, &range->end, rights,
		   name) < 3)
		return 0;
	return !strcmp(name, "anon_inode:bpf-map") ||
	       (!*name && !strncmp(rights, "rw", 2) && range->end - range->start >= MIN_ENGINE_HEAP);
}

/* Called first in such a child. Without /proc the memory stays. */
void unmap_memory_of_parent(void)
{
	struct range ranges[MAX_UNMAPPED];
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int count = 0;

	if (!maps)
		return;
	while (count < MAX_UNMAPPED && fgets(line, sizeof(line), maps))
		count += is_of_parent(line, &ranges[count]);
	fclose(maps);
	while (count--)
		munmap((void *)ranges[count].start, ranges[count].end - ranges[count].start);
}
