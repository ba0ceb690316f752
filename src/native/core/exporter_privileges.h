/* SPDX-License-Identifier: MIT */
/* The rights that remain to the exporter. */
#ifndef EXPORTER_PRIVILEGES_H
#define EXPORTER_PRIVILEGES_H

struct exporter_rights {
	int serves;	/* accepts connections on a socket that is bound */
	int port;	/* connects to this TCP port, and resolves names; 0: connects to none */
	int directory;	/* writes below this directory, by its descriptor; -1: writes nowhere */
};

/*
 * Creates a Landlock ruleset that forbids to execute, to bind, and to write and connect without a
 * right. Names can be resolved over TCP, too. Returns its descriptor, NO_LANDLOCK or another
 * -errno.
 */
int create_exporter_ruleset(struct exporter_rights rights);

/* Installs the seccomp filter in all threads. Returns 0 or -errno; -EINVAL: no seccomp. */
int install_exporter_filter(struct exporter_rights rights);

#endif
