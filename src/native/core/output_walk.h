/* SPDX-License-Identifier: MIT */
/* The walk to an output file, one directory descriptor at a time: output_walk.c, output_file.c. */
#ifndef OUTPUT_WALK_H
#define OUTPUT_WALK_H

#include <stdint.h>
#include <sys/types.h>
#include "output_file.h"

#define PATH_BYTES 4096

struct walk {
	int dir;			/* the rest of the path starts here; -1 before the walk */
	int is_shared;			/* other users may write to that directory */
	int links;			/* symbolic links that were followed */
	int is_exclusive;		/* a regular file must be new */
	int is_fifo;			/* a FIFO, which is created, and opened for reading, too */
	int is_again;			/* open_again(): the stricter rules apply everywhere */
	int needs_own_directory;	/* only its owner, who is trusted, may write to the directory */
	uid_t also_uid;			/* files of this user are accepted as well */
	char *where;			/* the path so far, PATH_BYTES */
	char name[NAME_BYTES];		/* of the file in `dir`, once it is open */
	char rest[2 * PATH_BYTES];
};

#define UNFINISHED (-REFUSED)	/* the path has more components */

/*
 * Walks along a path and opens its last component by open_last(). Returns the descriptor, -errno or
 * -(REFUSED + reason). The caller closes w->dir, the directory of the file.
 */
int64_t open_path(struct walk *w, const char *path);

/* Moves to the directory of a descriptor. Returns UNFINISHED or -errno. */
int64_t enter_directory(struct walk *w, int dir);
/* Moves to the target of a symbolic link. Returns UNFINISHED or the reason not to follow it. */
int64_t follow_link(struct walk *w, const char *name, const char *after);
/* Returns true if a file or directory of that user is accepted where others may write. */
int is_trusted(const struct walk *w, uid_t uid);
/* Returns true in /proc: only the kernel can follow its links, whose text may be no path. */
int is_proc(int dir);

/*
 * output_file.c: opens or creates the last component. Returns UNFINISHED if it was a link, whose
 * text is now the rest of the path.
 */
int64_t open_last(struct walk *w, const char *name);

#endif
