/* SPDX-License-Identifier: MIT */
/* What the tracer (command.c) and the launcher (launcher.c) tell each other. */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include <stdint.h>
#include "inherited.h"

#define MAX_GROUPS 1024
#define MAX_TIMERS 3	  /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */
#define HEAD_BYTES 1024	  /* of a file that cannot be executed */
#define SIGINFO_BYTES 128 /* SI_MAX_SIZE */

/* Where starting COMMAND failed. */
enum launch_stage { STAGE_EXEC, STAGE_LAUNCHER, STAGE_USER };

/* Why COMMAND could not be started. src/libbpf/command.ts has the same order. */
struct launch_failure {
	int32_t error; /* errno; 0: it was started */
	uint32_t stage;
	uint32_t mode; /* the file's st_mode; 0: there is no such file */
	uint32_t head_bytes;
	uint8_t head[HEAD_BYTES]; /* how the file begins, if it can be read */
};

/* In a memory file that both have mapped. */
struct launch {
	/* from the tracer: the state that COMMAND inherits */
	uint64_t ignored, blocked; /* signals, as in struct inherited */
	uint64_t limits[LIMIT_COUNT][2];
	int64_t timers[MAX_TIMERS][4]; /* struct itimerval */
	uint8_t scheduling[48];	       /* struct sched_attr; its size is 0: as it is */
	/* whom COMMAND runs as, if becomes_user */
	uint32_t becomes_user, uid, gid, group_count, groups[MAX_GROUPS];
	/* of `strings`: the paths to try, then the arguments, a NUL behind each */
	uint32_t paths, words;
	/* from the launcher */
	struct launch_failure failure;
	char strings[];
};

enum request_kind {
	REQUEST_START,	 /* start COMMAND */
	REQUEST_FORWARD, /* send this signal to COMMAND unless the launcher got it, too */
	REQUEST_SEND,	 /* send it in any case */
	REQUEST_FORGET,	 /* forget whether the launcher got this signal */
};

struct request {
	int32_t kind, signal;
	uint8_t info[SIGINFO_BYTES]; /* siginfo_t */
};

enum reply_kind {
	REPLY_STARTED,	 /* value: its pid */
	REPLY_FAILED,	 /* struct launch says why */
	REPLY_FORWARDED, /* COMMAND has the signal from the launcher */
	REPLY_SHARED,	 /* the launcher got the signal, too: it was sent to the process group */
	REPLY_GONE,	 /* COMMAND is dead */
};

struct reply {
	int32_t kind, value;
};

#endif
