/* SPDX-License-Identifier: MIT */
/* The messages between the tracer (child_command.c) and the launcher (launcher.c). */
#ifndef LAUNCHER_H
#define LAUNCHER_H

#include <stdint.h>
#include "inherited.h"

#define MAX_GROUPS 1024
#define MAX_TIMERS 3	  /* ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF */
#define HEAD_BYTES 1024	  /* first bytes of a file that cannot be executed */
#define SIGINFO_BYTES 128 /* SI_MAX_SIZE */
/*
 * The launcher's comm and argv[0]. pidof(1), pkill(1) and killall(1) must not find it by the
 * tracer's name: a signal that both get counts as sent to the process group, so COMMAND would miss
 * it.
 */
#define LAUNCHER_NAME "snoop-launcher"

/* The step at which starting COMMAND failed. */
enum launch_stage { STAGE_EXEC, STAGE_LAUNCHER, STAGE_USER };

/* The details of a failed start of COMMAND. src/system/child.ts has this order as well. */
struct launch_failure {
	int32_t error; /* errno; 0: it was started */
	uint32_t stage;
	uint32_t mode; /* the file's st_mode; 0: there is no such file */
	uint32_t head_bytes;
	uint8_t head[HEAD_BYTES]; /* first bytes of the file, if it can be read */
};

/* The content of a memfd that both processes map. */
struct launch {
	/* written by the tracer: the state that COMMAND inherits */
	uint64_t ignored, blocked; /* signals, as in struct inherited */
	uint64_t limits[LIMIT_COUNT][2];
	int64_t timers[MAX_TIMERS][4]; /* struct itimerval */
	uint8_t scheduling[48];	       /* struct sched_attr; size 0: unchanged */
	int32_t nice;		       /* with scheduling, which lacks that of a realtime policy */
	int32_t parent_death_signal;   /* prctl(2), PR_SET_PDEATHSIG; 0: none */
	/* the user that COMMAND runs as, if becomes_user is set */
	uint32_t becomes_user, uid, gid, group_count, groups[MAX_GROUPS];
	/* in `strings`: the paths to try, then the arguments, each with a NUL */
	uint32_t paths, words;
	/* written by the launcher */
	struct launch_failure failure;
	char strings[];
};

enum request_kind {
	REQUEST_START,	 /* start COMMAND */
	REQUEST_FORWARD, /* send this signal to COMMAND unless the launcher got it as well */
	REQUEST_SEND,	 /* send this signal in any case */
	REQUEST_FORGET,	 /* forget whether the launcher got this signal */
};

struct request {
	int32_t kind, signal;
	uint8_t info[SIGINFO_BYTES]; /* siginfo_t */
};

enum reply_kind {
	REPLY_STARTED,	 /* value: the pid of COMMAND */
	REPLY_FAILED,	 /* struct launch has the reason */
	REPLY_FORWARDED, /* the launcher sent the signal to COMMAND */
	REPLY_SHARED,	 /* the launcher got it as well: it was sent to the process group */
	REPLY_GONE,	 /* COMMAND is dead */
};

struct reply {
	int32_t kind, value;
};

#endif
