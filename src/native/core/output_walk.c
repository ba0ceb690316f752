// SPDX-License-Identifier: MIT
/*
 * Walks to an output file. Other users may replace any component of the path that lies in a
 * directory of theirs, so each directory is opened by its name in the one before, and no link is
 * followed where others may write.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "output_walk.h"

#define MAX_LINKS 40		/* the kernel's own limit for one path */
#define PROC_MAGIC 0x9fa0	/* PROC_SUPER_MAGIC of linux/magic.h */

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

int is_trusted(const struct walk *w, uid_t uid)
{
	return uid == 0 || uid == geteuid() || uid == getuid() || uid == w->also_uid;
}

int64_t enter_directory(struct walk *w, int dir)
{
	struct stat st;

	if (dir < 0)
		return -errno;
	if (w->dir >= 0)
		close(w->dir);
	w->dir = dir;
	if (fstat(dir, &st))
		return -errno;
	w->is_shared = (st.st_uid != 0 && st.st_uid != geteuid() && st.st_uid != getuid()) ||
		       st.st_mode & (S_IWGRP | S_IWOTH);
	return UNFINISHED;
}

static int64_t start(struct walk *w)
{
	int is_absolute = w->rest[0] == '/';

	w->where[0] = 0;
	return enter_directory(w, open(is_absolute ? "/" : ".", DIRECTORY_FLAGS));
}

int is_proc(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == PROC_MAGIC;
}

/* Prepends the text of the link to the rest of the path. */
int64_t follow_link(struct walk *w, const char *name, const char *after)
{
	char target[2 * PATH_BYTES];
	ssize_t length = readlinkat(w->dir, name, target, PATH_BYTES);
	size_t parent = strlen(w->where) - strlen(name);

	if (w->is_shared)
		return -(REFUSED + IS_LINK);
	if (length < 0)
		return -errno;
	if (length + strlen(after) + 2 > sizeof(target) || length >= PATH_BYTES)
		return -ENAMETOOLONG;
	if (++w->links > MAX_LINKS)
		return -ELOOP;
	target[length] = 0;
	strcat(target, after);
	strcpy(w->rest, target);
	if (w->rest[0] == '/')
		return start(w);
	w->where[parent] = 0;
	return UNFINISHED;
}

/* Enters a directory, or follows a link. Returns UNFINISHED or the reason for a refusal. */
static int64_t descend(struct walk *w, const char *name, const char *after)
{
	char target[1];
	int may_follow = !w->is_shared && is_proc(w->dir);
	int dir = openat(w->dir, name, DIRECTORY_FLAGS | (may_follow ? 0 : O_NOFOLLOW));
	int error = errno;

	if (dir < 0 && readlinkat(w->dir, name, target, sizeof(target)) >= 0)
		return follow_link(w, name, after);
	if (dir < 0)
		return -error;
	memmove(w->rest, after, strlen(after) + 1);
	return enter_directory(w, dir);
}

/* Returns true if no user but the directory's owner, who is trusted, may write to it. */
static int is_own_directory(const struct walk *w)
{
	struct stat st;

	return !fstat(w->dir, &st) && is_trusted(w, st.st_uid) &&
	       !(st.st_mode & (S_IWGRP | S_IWOTH));
}

/*
 * Handles one component of the path. Returns UNFINISHED, the opened file's descriptor, or the
 * reason for a refusal.
 */
static int64_t step(struct walk *w)
{
	char *from = w->rest + strspn(w->rest, "/"), *after = from + strcspn(from, "/");
	char name[PATH_BYTES];
	size_t length = after - from, known = strlen(w->where);

	/* a path that ends with a slash names a directory */
	if (!length)
		return -EISDIR;
	if (known + length + 2 > PATH_BYTES)
		return -ENAMETOOLONG;
	memcpy(name, from, length);
	name[length] = 0;
	snprintf(w->where + known, PATH_BYTES - known, "%s%s", from > w->rest ? "/" : "", name);
	if (*after)
		return descend(w, name, after);
	if (w->needs_own_directory && !is_own_directory(w))
		return -(REFUSED + IS_SHARED);
	if (length < NAME_BYTES)
		strcpy(w->name, name);
	return open_last(w, name);
}

int64_t open_path(struct walk *w, const char *path)
{
	int64_t result;

	if (!*path)
		return -ENOENT;
	if (strlen(path) >= PATH_BYTES)
		return -ENAMETOOLONG;
	strcpy(w->rest, path);
	result = start(w);
	while (result == UNFINISHED)
		result = step(w);
	return result;
}
