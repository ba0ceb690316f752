// SPDX-License-Identifier: MIT
/*
 * Opens the file for events. The tracer usually runs as root, so a directory that other users may
 * write to is dangerous: they can plant a symbolic link, a hard link, a FIFO or their own file
 * under the expected name. The kernel's fs.protected_* settings cover only a part and may be off,
 * so this code walks the path itself, one directory descriptor at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "native.h"
#include "output_file.h"

#define PATH_BYTES 4096
#define MAX_LINKS 40		/* the kernel's own limit for one path */
#define MAX_TRIES 1000
#define MIN_AGE_NS (50 * 1000 * 1000)	/* of the last change of a file in a shared directory */
#define PAUSE_US 10000
#define PROC_MAGIC 0x9fa0		/* PROC_SUPER_MAGIC of linux/magic.h */

#define DIRECTORY_FLAGS (O_PATH | O_DIRECTORY | O_CLOEXEC)

#define UNFINISHED (-REFUSED)	/* the path has more components */

struct walk {
	int dir;			/* the rest of the path starts here */
	int is_shared;			/* other users may write to that directory */
	int links;			/* symbolic links that were followed */
	int is_exclusive;		/* a regular file must be new */
	int is_again;			/* open_again(): the stricter rules apply everywhere */
	uid_t also_uid;			/* files of this user are accepted as well */
	char *where;			/* the path so far, PATH_BYTES */
	char name[NAME_BYTES];		/* of the file in `dir`, once it is open */
	char rest[2 * PATH_BYTES];
};

static int is_trusted(const struct walk *w, uid_t uid)
{
	return uid == 0 || uid == geteuid() || uid == getuid() || uid == w->also_uid;
}

/* Moves to the directory of a descriptor. Returns UNFINISHED or -errno. */
static int64_t enter(struct walk *w, int dir)
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
	return enter(w, open(is_absolute ? "/" : ".", DIRECTORY_FLAGS));
}

/* Returns true in /proc: only the kernel can follow its links, whose text may be no path. */
static int is_proc(int dir)
{
	struct statfs fs;

	return !fstatfs(dir, &fs) && fs.f_type == PROC_MAGIC;
}

/*
 * Prepends the text of a symbolic link to the rest of the path. Returns UNFINISHED or the reason
 * not to follow it.
 */
static int64_t follow(struct walk *w, const char *name, const char *after)
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

static int is_recent(const struct timespec *changed)
{
	int64_t age = now(CLOCK_REALTIME) - changed->tv_sec * NS_PER_SEC - changed->tv_nsec;

	return age > -MIN_AGE_NS && age < MIN_AGE_NS;
}

/* Returns 0 if a file may be written to, or the reason against it. */
static int64_t check_file(const struct walk *w, const struct stat *st)
{
	if (w->is_again && S_ISREG(st->st_mode) && st->st_uid != geteuid())
		return -(REFUSED + IS_FOREIGN);
	if (w->is_again && !S_ISREG(st->st_mode))
		return -(REFUSED + IS_SPECIAL);
	if (!w->is_again && (!w->is_shared || S_ISDIR(st->st_mode)))
		return 0;
	if (!S_ISREG(st->st_mode) && !(S_ISFIFO(st->st_mode) && is_trusted(w, st->st_uid)))
		return -(REFUSED + IS_SPECIAL);
	if (!is_trusted(w, st->st_uid))
		return -(REFUSED + IS_FOREIGN);
	return st->st_nlink == 1 ? 0 : -(REFUSED + HAS_LINKS);
}

/*
 * Opens the file found under that name. Another user may remove one of two hard links between the
 * checks, which leaves one. A change of the link count sets ctime, so ctime must be equal before
 * and after, and not be recent. Returns -EAGAIN if the name has changed meanwhile.
 */
static int64_t open_found(struct walk *w, const char *name, const struct stat *found)
{
	int is_link = S_ISLNK(found->st_mode), fd;
	int64_t result = is_link ? 0 : check_file(w, found);
	struct stat st;

	if (result)
		return result;
	if (w->is_shared && S_ISREG(found->st_mode) && is_recent(&found->st_ctim)) {
		usleep(PAUSE_US);
		return -EAGAIN;
	}
	fd = openat(w->dir, name, FILE_FLAGS | (is_link ? 0 : O_NOFOLLOW));
	if (fd < 0 && errno == ENXIO && w->is_again)
		return -EAGAIN;
	if (fd < 0 && errno == ENXIO && S_ISFIFO(found->st_mode)) {
		/* no process reads that FIFO yet: waits, as a blocking open(2) would */
		usleep(PAUSE_US);
		return -EINTR;
	}
	if (fd < 0)
		return errno == ENOENT || errno == ELOOP ? -EAGAIN : -errno;
	if (fstat(fd, &st))
		result = -errno;
	else if (!is_link)
		result = check_file(w, &st);
	if (!result && w->is_shared &&
	    (st.st_dev != found->st_dev || st.st_ino != found->st_ino ||
	     memcmp(&st.st_ctim, &found->st_ctim, sizeof(st.st_ctim))))
		result = -EAGAIN;
	if (!result)
		return fd;
	close(fd);
	return result;
}

/*
 * Opens or creates the last component. Returns UNFINISHED if it was a link, whose text is now the
 * rest of the path.
 */
static int64_t open_last(struct walk *w, const char *name)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		struct stat st;
		int64_t fd;

		if (fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
			if (errno != ENOENT)
				return -errno;
			if (w->is_exclusive && w->links)
				return -EEXIST;
			fd = openat(w->dir, name, NEW_FILE_FLAGS, 0600);
			if (fd >= 0 || errno != EEXIST)
				return fd < 0 ? -errno : fd;
			continue;
		}
		if (S_ISLNK(st.st_mode) && w->is_again)
			return -(REFUSED + IS_LINK);
		if (S_ISLNK(st.st_mode) && (w->is_shared || !is_proc(w->dir)))
			return follow(w, name, "");
		if (w->is_exclusive && (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
			return -EEXIST;
		fd = open_found(w, name, &st);
		if (fd == -EINTR)
			tries = 0;
		else if (fd != -EAGAIN)
			return fd;
	}
	return -(REFUSED + IS_CHANGING);
}

/* Enters a directory, or follows a link. Returns UNFINISHED or the reason for a refusal. */
static int64_t descend(struct walk *w, const char *name, const char *after)
{
	char target[1];
	int may_follow = !w->is_shared && is_proc(w->dir);
	int dir = openat(w->dir, name, DIRECTORY_FLAGS | (may_follow ? 0 : O_NOFOLLOW));
	int error = errno;

	if (dir < 0 && readlinkat(w->dir, name, target, sizeof(target)) >= 0)
		return follow(w, name, after);
	if (dir < 0)
		return -error;
	memmove(w->rest, after, strlen(after) + 1);
	return enter(w, dir);
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
	if (length < NAME_BYTES)
		strcpy(w->name, name);
	return open_last(w, name);
}

int64_t open_again(int dir, const char *name)
{
	struct walk w = { .dir = -1, .is_again = 1 };
	/* its mode or owner may have changed */
	int64_t result = enter(&w, dir);

	return result == UNFINISHED ? open_last(&w, name) : result;
}

/*
 * Opens a file for appending events, or creates it with mode 0600. If other users may write
 * to its directory, no link is followed, and the file must be a regular file or a FIFO with one
 * link that belongs to root, to the caller or to the user also_uid. is_exclusive: a regular file
 * must be new (-EEXIST). Waits until a FIFO has a reader. Returns the descriptor, -errno, or
 * -(REFUSED + reason); then `refused` (PATH_BYTES) holds the path of the refused file.
 */
API int64_t output_open(const char *path, int is_exclusive, uint32_t also_uid, char *refused)
{
	struct walk *w = calloc(1, sizeof(*w));
	int64_t result;

	if (!w)
		return -ENOMEM;
	*w = (struct walk){
		.dir = -1, .is_exclusive = is_exclusive, .also_uid = also_uid, .where = refused,
	};
	*refused = 0;
	if (!*path)
		result = -ENOENT;
	else if (strlen(path) >= PATH_BYTES)
		result = -ENAMETOOLONG;
	else {
		strcpy(w->rest, path);
		result = start(w);
	}
	while (result == UNFINISHED)
		result = step(w);
	if (result >= 0 && *w->name)
		keep_file(result, w->dir, w->name);
	if (w->dir >= 0)
		close(w->dir);
	free(w);
	if (result >= 0) {
		int flags = fcntl(result, F_GETFL);

		/* writes to a FIFO or a terminal block again */
		if (flags >= 0)
			fcntl(result, F_SETFL, flags & ~O_NONBLOCK);
	}
	return result;
}
