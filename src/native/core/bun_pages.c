// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "native.h"

/* Opened before privileges are dropped: user nobody may not be able to reach the file later. */
static FILE *maps;

void open_smaps(void)
{
	maps = fopen("/proc/self/smaps", "re");
}

/*
 * Lets go of what start-up has touched of the program and its libraries, tens of MB that tracing never needs again: all that is mapped
 * of files and was not written to since. What is needed after all comes back from the page cache, without reading a disk.
 */
API void release_startup_pages(void)
{
	unsigned long start = 0, end = 0, next_start, next_end, anonymous;
	char line[512], rights[5], path;

	if (!maps)
		open_smaps();
	if (!maps)
		return;
	while (fgets(line, sizeof(line), maps)) {
		int fields = sscanf(line, "%lx-%lx %4s %*x %*x:%*x %*u %c", &next_start, &next_end, rights, &path);

		if (fields >= 3) {
			int is_ours = fields == 4 && path == '/' && (!strcmp(rights, "r-xp") || !strcmp(rights, "r--p"));

			start = is_ours ? next_start : 0;
			end = is_ours ? next_end : 0;
		} else if (start < end && sscanf(line, "Anonymous: %lu", &anonymous) == 1) {
			/* pages that were written to, as by relocation, are in no file */
			if (!anonymous)
				madvise((void *)start, end - start, MADV_DONTNEED);
			start = end;
		}
	}
	fclose(maps);
	maps = NULL;
}
