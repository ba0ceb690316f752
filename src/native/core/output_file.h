/* SPDX-License-Identifier: MIT */
/* Opening output files, which other users may try to replace: output_file.c, reopen_output.c. */
#ifndef OUTPUT_FILE_H
#define OUTPUT_FILE_H

#include <stdint.h>

#define NAME_BYTES 256 /* NAME_MAX and a NUL */

/* How an output file is opened; the filter of the broker knows these flags. */
#define FILE_FLAGS (O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define NEW_FILE_FLAGS (FILE_FLAGS | O_CREAT | O_EXCL | O_NOFOLLOW)

/* Returned as -(REFUSED + reason); src/system/output-file.ts has the same numbers. */
enum { REFUSED = 10000, IS_LINK = 1, HAS_LINKS, IS_FOREIGN, IS_SPECIAL, IS_CHANGING, NO_BROKER,
       IS_SHARED, IS_LOCKED, IS_NO_FIFO };

/*
 * Opens a name in a directory again, or creates it with mode 0600: only a regular file with one
 * link that belongs to this process's user. Returns the descriptor, -errno or -(REFUSED + reason).
 */
int64_t open_again(int dir, const char *name);

/* Keeps the directory of an open output file for reopen_output(), if it is a regular file. */
void keep_file(int fd, int dir, const char *name);

#endif
