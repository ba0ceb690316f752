/* SPDX-License-Identifier: MIT */
/* The few lines of C behind the FFI. The TypeScript of src/native calls what is API. */
#ifndef NATIVE_H
#define NATIVE_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#define API __attribute__((visibility("default")))

struct reader;

/*
 * Stands at the head of the batch buffer, before the records. Doubles, so that JavaScript reads them without a
 * BigInt; every value is far below 2^53. src/bpf/reader.ts has the same order.
 */
struct batch_head {
	double used;			/* bytes of records behind this head */
	double lost;			/* exits that a buffer could not take, since the programs were loaded */
	double missed;			/* those for which the kernel ran no program */
	double wall_seconds;		/* CLOCK_REALTIME - the kernel's CLOCK_BOOTTIME, when the batch was taken */
	double wall_nanoseconds;	/* 0..999999999 */
	double stop_signal;		/* the signal that asked us to stop, or 0 */
	double reader_gone;		/* 1 when nobody can read our output any more */
	double pending;			/* bytes that are still in the rings, as far as that can be seen; 0: none that we know of */
	double watched_gone;		/* 1 when the watched descriptor became readable */
};

/* Each record in the batch follows its length and where it came from; both are multiples of 8 bytes apart. */
struct record_head {
	uint32_t size;
	uint32_t source;
};

/* set by the first stop signal */
extern volatile int stop_signal;
extern int stop_fd;

/* called by libbpf: see files.c */
int open_regular(const char *path);
FILE *fopen_regular(const char *path);

#define NS_PER_SEC 1000000000LL

/* ns */
int64_t now(clockid_t clock);
int64_t realtime_offset(void);
int64_t boottime_offset(void);

void open_smaps(void);

/*
 * The signal that this process gets when its parent dies (PR_SET_PDEATHSIG), as it was at the
 * start: a change of the file system's user id clears it. 0: none.
 */
int parent_death_signal(void);

#endif
