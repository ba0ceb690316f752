/* SPDX-License-Identifier: MIT */
/* Declarations for the files that start, signal and reap a COMMAND. */
#ifndef CHILD_COMMAND_H
#define CHILD_COMMAND_H

#include <signal.h>
#include "inherited.h"
#include "launcher.h"
#include "native.h"

/* Returns the state that exitsnoop got from execve(2); the pointer stays valid. */
const struct inherited *inherited(void);

/* Loads the environment of COMMAND; called before the two below. Returns 0 or -errno. */
int load_child_environment(void);
/* Sets HOME, USER, LOGNAME or SHELL. Returns 0 or -errno. */
int set_child_variable(const char *name, const char *value);
/* Returns the environment for execve(2). */
char **child_environment(void);

/*
 * Finds the user of --as, a name or a uid, and sets the environment for it as login(1) does.
 * Returns 0 or -errno; -ENOENT: there is no such user.
 */
int find_child_user(const char *user, struct launch *launch);
/*
 * Called in a child before execve(2): keeps the capabilities that the launcher needs to become
 * another user.
 */
void keep_capabilities(void);

/*
 * Implements child_prepare(). Also stores the tracer's end of the socket to the launcher, and the
 * memory that they share.
 */
int64_t start_launcher(const char *words, uint32_t count, const char *user, int *socket,
		       struct launch **launch);

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

void unblock_signal(int signal);

/* The treatment of children that die; src/system/signals.ts has the same numbers. */
enum children {
	HAS_NO_COMMAND, /* the kernel reaps all */
	HAS_COMMAND,	/* all are reaped, and the status of COMMAND is kept */
	IS_SUPERVISED,	/* the agent is woken up, and reaps them */
};

/* Handles the death of children from now on. Returns 0 or -errno. */
int reap_children(enum children children);
void set_child_pid(pid_t pid);

#endif
