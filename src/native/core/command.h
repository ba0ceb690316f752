/* SPDX-License-Identifier: MIT */
/*
 * Declarations for a COMMAND, from its launcher to its end, that command.c, identity.c,
 * inherited.c, children.c and stop.c share.
 */
#ifndef COMMAND_H
#define COMMAND_H

#include <signal.h>
#include "inherited.h"
#include "launcher.h"
#include "native.h"

/* Returns the state that exitsnoop got from execve(2); the pointer stays valid. */
const struct inherited *inherited(void);

/*
 * Finds the user of --as, a name or a uid, and sets the environment for it as login(1) does.
 * Returns 0 or -errno; -ENOENT: there is no such user.
 */
int find_user(const char *user, struct launch *launch);
/*
 * Called in a child before execve(2): keeps the capabilities that the launcher needs to become
 * another user.
 */
void keep_capabilities(void);

enum signal_fate {
	SIGNAL_IS_FOR_TRACER, /* COMMAND is dead, or there is none */
	SIGNAL_WAS_SHARED,    /* sent to the process group: COMMAND has it if it is a member */
	SIGNAL_WAS_FORWARDED,
};

/*
 * Forwards a signal that the tracer got, and returns its fate. Called by handlers that block all
 * signals.
 */
enum signal_fate forward_signal(const siginfo_t *info);

/*
 * Reaps children as they die from now on. has_command: keeps the status of COMMAND; otherwise the
 * kernel reaps all children. Returns 0 or -errno.
 */
int reap_children(int has_command);
void command_has_started(pid_t pid);

#endif
