// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gelf.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "native.h"

#define MODULES ".bun"		/* the section that `bun build --compile` adds, which is writable */
#define PAGE_BYTES 65536UL	/* the largest page size of the architectures */

/* /proc/self/smaps; opened early, because it may be unreadable once privileges are dropped */
static FILE *smaps;

/* All read-only file mappings without modified pages. */
#define MAX_RANGES 64
static struct {
	void *start;
	size_t bytes;
} ranges[MAX_RANGES];
static int range_count;

/*
 * Makes the program's modules read-only, so that find_ranges() finds them. The engine only reads
 * them. Pages that they share with other data stay writable.
 */
static void protect_modules(int exe)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(exe, ELF_C_READ, NULL);
	Elf_Scn *section = NULL;
	size_t names;

	while (!elf_getshdrstrndx(elf, &names) && (section = elf_nextscn(elf, section))) {
		GElf_Shdr header;
		const char *name;
		uint64_t start, end;

		if (!gelf_getshdr(section, &header))
			break;
		name = elf_strptr(elf, names, header.sh_name);
		if (!name || strcmp(name, MODULES))
			continue;
		start = (header.sh_addr + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
		end = (header.sh_addr + header.sh_size) / PAGE_BYTES * PAGE_BYTES;
		if (start < end)
			mprotect((void *)start, end - start, PROT_READ);
	}
	elf_end(elf);
}

void prepare_page_release(void)
{
	int exe = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	if (exe >= 0) {
		protect_modules(exe);
		close(exe);
	}
	smaps = fopen("/proc/self/smaps", "re");
}

/* Fills in the ranges. Pages that relocation has modified are in no file, so they must stay. */
static void find_ranges(void)
{
	unsigned long start = 0, end = 0, next_start, next_end, anonymous;
	char line[512], rights[5], path;

	while (fgets(line, sizeof(line), smaps)) {
		int fields = sscanf(line, "%lx-%lx %4s %*x %*x:%*x %*u %c", &next_start,
				    &next_end, rights, &path);

		if (fields >= 3) {
			int is_file = fields == 4 && path == '/' &&
				      (!strcmp(rights, "r-xp") || !strcmp(rights, "r--p"));

			start = is_file ? next_start : 0;
			end = is_file ? next_end : 0;
		} else if (start < end && sscanf(line, "Anonymous: %lu", &anonymous) == 1) {
			if (!anonymous && range_count < MAX_RANGES) {
				ranges[range_count].start = (void *)start;
				ranges[range_count++].bytes = end - start;
			}
			start = end;
		}
	}
}

/*
 * Drops the pages of the executable and its libraries that are mapped: tens of MB of the runtime,
 * most of which its start and its compilers needed. A page that is needed again comes from the page
 * cache, which takes some 100 µs for those that print an exit.
 */
void release_file_pages(void)
{
	for (int i = 0; i < range_count; i++)
		madvise(ranges[i].start, ranges[i].bytes, MADV_DONTNEED);
}

/* Finds the pages that release_file_pages() can drop, and drops them for the first time. */
API void release_startup_pages(void)
{
	if (!smaps)
		prepare_page_release();
	if (!smaps)
		return;
	find_ranges();
	fclose(smaps);
	smaps = NULL;
	release_file_pages();
}
