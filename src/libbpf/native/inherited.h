/* SPDX-License-Identifier: MIT */
/*
 * What execve(2) handed to exitsnoop, recorded by scripts/gate.c before the runtime changes it: a
 * COMMAND must inherit the same. The runtime raises limits, marks every descriptor close-on-exec,
 * and ignores and handles signals.
 */
#ifndef INHERITED_H
#define INHERITED_H

/*
 * Where the gate maps the record: away from where mmap(2) begins, from where the runtime's
 * allocator asks for memory, and from what sanitizers reserve; on arm64 within 39 bits.
 */
#ifdef __aarch64__
#define INHERITED_ADDRESS 0x1ec0000000UL
#else
#define INHERITED_ADDRESS 0x2f0000000000UL
#endif
#define INHERITED_MAGIC 0x6578697473746174UL
/*
 * The largest descriptor that is handed on, and more: fs.nr_open is 1048576 unless somebody raises
 * it.
 */
#define MAX_FILES (1UL << 20)
#define BITS_PER_WORD 64

enum inherited_limit { LIMIT_NOFILE, LIMIT_STACK, LIMIT_AS, LIMIT_COUNT };

struct inherited {
	unsigned long magic;
	unsigned long ignored, blocked; /* signal N is bit N - 1 */
	struct {
		unsigned long soft, hard;
	} limits[LIMIT_COUNT];
	unsigned long has_files;	/* whether the descriptors below could be listed */
	unsigned long files[MAX_FILES / BITS_PER_WORD]; /* a bit for each that is open */
};

#endif
