// SPDX-License-Identifier: MIT
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "native.h"

/* /proc/self/smaps; opened early, because it may be unreadable once privileges are dropped */
static FILE *smaps;

void open_smaps(void)
{
	smaps = fopen("/proc/self/smaps", "re");
}

/*
 * Drops the pages of the executable and its libraries that the start has mapped, tens of MB of the
 * runtime that tracing hardly needs: all read-only file mappings without modified pages. A page
 * that is needed again comes from the page cache.
 */
API void release_startup_pages(void)
{
	unsigned long start = 0, end = 0, next_start, next_end, anonymous;
	char line[512], rights[5], path;

	if (!smaps)
		open_smaps();
	if (!smaps)
		return;
	while (fgets(line, sizeof(line), smaps)) {
		int fields = sscanf(line, "%lx-%lx %4s %*x %*x:%*x %*u %c", &next_start,
				    &next_end, rights, &path);

		if (fields >= 3) {
			int is_file = fields == 4 && path == '/' &&
				      (!strcmp(rights, "r-xp") || !strcmp(rights, "r--p"));

			start = is_file ? next_start : 0;
			end = is_file ? next_end : 0;
		} else if (start < end && sscanf(line, "Anonymous: %lu", &anonymous) == 1) {
			/* pages modified by relocation are in no file */
			if (!anonymous)
				madvise((void *)start, end - start, MADV_DONTNEED);
			start = end;
		}
	}
	fclose(smaps);
	smaps = NULL;
}
