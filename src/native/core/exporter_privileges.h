/* SPDX-License-Identifier: MIT */
/* The rights that remain to the exporter; src/system/exporter-privileges.ts has the same bits. */
#ifndef EXPORTER_PRIVILEGES_H
#define EXPORTER_PRIVILEGES_H

enum exporter_right {
	SERVES = 1,	/* accepts connections on a socket that is bound */
	CONNECTS = 2,	/* opens connections over TCP, resolves names */
	KEEPS_USER = 4,	/* keeps its user id, without capabilities */
};

/*
 * Creates a Landlock ruleset that forbids to execute, to bind, to connect without CONNECTS, and to
 * write outside of the directory; -1: to write at all. Returns its descriptor or -errno.
 */
int create_exporter_ruleset(int rights, int directory);

/* Installs the seccomp filter in all threads. Returns 0 or -errno; -EINVAL: no seccomp. */
int install_exporter_filter(int rights, int directory);

#endif
