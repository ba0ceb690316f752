/* SPDX-License-Identifier: MIT */
/*
 * A COMMAND, from its launcher to its end: what command.c, identity.c, inherited.c, children.c and
 * stop.c share.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <signal.h>
#include "inherited.h"
#include "launcher.h"
#include "native.h"

/* The state that execve(2) gave to exitsnoop; it stays valid. */
const struct inherited *inherited(void);

/*
 * Finds the user of --as, a name or a uid, and sets the environment for it as login(1) does.
 * Returns 0 or -errno; -ENOENT: there is no such user.
 */
int find_user(const char *user, struct launch *launch);
/* In a child, before execve(2): the capabilities that becoming another user takes outlive it. */
void keep_capabilities(void);

enum signal_fate {
	SIGNAL_IS_FOR_TRACER, /* COMMAND is dead, or there is none */
	SIGNAL_WAS_SHARED,    /* it was sent to the process group, so COMMAND has it if it is in that group */
	SIGNAL_WAS_FORWARDED,
};

/* What becomes of a signal that the tracer got. For signal handlers that block all signals. */
enum signal_fate forward_signal(const siginfo_t *info);

/*
 * From now on children are reaped as they die. pid: COMMAND's, or 0, of which the kernel reaps all.
 * Returns 0 or -errno.
 */
int reap_children(int has_command);
void command_has_started(pid_t pid);

#endif
