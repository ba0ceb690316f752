/* SPDX-License-Identifier: MIT */
/* The journal writer: journal_writer.c is the process, journal_client.c starts and feeds it. */
#ifndef JOURNAL_WRITER_H
#define JOURNAL_WRITER_H

#include <stdint.h>

/* The largest record, which a datagram socket takes with the smallest usual buffers. */
#define MAX_JOURNAL_RECORD 65536

/* Memory that the writer and the exporter share. */
struct journal_counts {
	uint64_t sent; /* records that journald's socket took */
	uint64_t refused; /* records that it did not take, or that are not of exitsnoop */
	int32_t error; /* errno of the last one that was refused */
	int32_t is_gone; /* true: journald has closed its socket */
};

/*
 * Sends the records that come from `socket` to `journal`, a connected datagram socket, until the
 * other end of `socket` is closed. parent: the exporter. Before it reads the first one, it gives up
 * what it does not need and writes a byte.
 */
_Noreturn void run_journal_writer(int socket, int journal, int parent,
				  struct journal_counts *counts);

/* seccomp.c: installs the filter of the writer. Returns 0 or -errno; -EINVAL: no seccomp. */
int install_journal_filter(void);

/*
 * broker.c: closes all descriptors but the socket, which gets the number 0, and `count` others,
 * which follow it. Their variables get the new numbers. Returns 0 or -errno.
 */
int keep_descriptors(int socket, int **kept, int count);

#endif
