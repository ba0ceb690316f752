/* SPDX-License-Identifier: MIT */
/*
 * The state that exitsnoop got from execve(2) and that a COMMAND must inherit.
 * scripts/runtime/preflight.c records it before the runtime raises limits, marks every descriptor
 * close-on-exec, and ignores and handles signals.
 */
#ifndef INHERITED_H
#define INHERITED_H

/*
 * Preflight maps the record at this address: away from where mmap(2) begins, from the hints of the
 * runtime's allocator and from the ranges of sanitizers; on arm64 within 39 bits.
 */
#ifdef __aarch64__
#define INHERITED_ADDRESS 0x1ec0000000UL
#else
#define INHERITED_ADDRESS 0x2f0000000000UL
#endif
#define INHERITED_MAGIC 0x6578697473746174UL
/*
 * Larger than any descriptor that is inherited: fs.nr_open is 1048576 unless an administrator
 * raises it.
 */
#define MAX_FILES (1UL << 20)
#define BITS_PER_WORD 64

/* The resources whose limits are recorded: those that the runtime or preflight raises. */
#define LIMIT_RESOURCES \
	{ RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_AS, RLIMIT_DATA, RLIMIT_SIGPENDING }
#define LIMIT_COUNT 5

struct inherited {
	unsigned long magic;
	/* the strings of the environment as execve(2) wrote them, one after the other; NULL: unknown */
	char *environment;
	unsigned long environment_count;
	unsigned long ignored, blocked; /* signal N is bit N - 1 */
	struct {
		unsigned long soft, hard;
	} limits[LIMIT_COUNT];
	unsigned long has_files; /* true if the descriptors below could be listed */
	unsigned long files[MAX_FILES / BITS_PER_WORD]; /* a bit for each open descriptor */
};

#endif
