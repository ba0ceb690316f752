// SPDX-License-Identifier: MIT
/*
 * Opens the file for events. The tracer usually runs as root, so a directory that other users may
 * write to is dangerous: they can plant a symbolic link, a hard link, a FIFO or their own file
 * under the expected name. The kernel's fs.protected_* settings cover only a part and may be off,
 * so this code walks the path itself (output_walk.c) and checks what it finds.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "native.h"
#include "output_walk.h"

/* Arguments of output_open(); src/system/output-file.ts has the same numbers. */
enum { OPEN_EXCLUSIVE = 1, OPEN_FIFO = 2 };

#define MAX_TRIES 1000
#define MIN_AGE_NS (50 * 1000 * 1000)	/* of the last change of a file in a shared directory */
#define PAUSE_US 10000
#define FIFO_MODE 0640		/* a group may read it: that of a directory with the setgid bit */
#define FIFO_BYTES (1024 * 1024)	/* the most without CAP_SYS_RESOURCE: fs.pipe-max-size */

static int is_recent(const struct timespec *changed)
{
	int64_t age = now(CLOCK_REALTIME) - changed->tv_sec * NS_PER_SEC - changed->tv_nsec;

	return age > -MIN_AGE_NS && age < MIN_AGE_NS;
}

/* Returns 0 if a file may be written to, or the reason against it. */
static int64_t check_file(const struct walk *w, const struct stat *st)
{
	if (w->is_fifo && !S_ISFIFO(st->st_mode))
		return -(REFUSED + IS_NO_FIFO);
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
	/* as its own reader, the tracer neither waits for one nor gets SIGPIPE when one ends */
	int flags = w->is_fifo ? (FILE_FLAGS & ~O_ACCMODE) | O_RDWR : FILE_FLAGS;
	int64_t result = is_link ? 0 : check_file(w, found);
	struct stat st;

	if (result)
		return result;
	if (w->is_shared && S_ISREG(found->st_mode) && is_recent(&found->st_ctim)) {
		usleep(PAUSE_US);
		return -EAGAIN;
	}
	fd = openat(w->dir, name, flags | (is_link ? 0 : O_NOFOLLOW));
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

/* Creates a FIFO, whatever the umask is. Returns 0 or -errno. */
static int64_t create_fifo(const struct walk *w, const char *name)
{
	mode_t mask = umask(0);
	int error = mkfifoat(w->dir, name, FIFO_MODE) ? errno : 0;

	umask(mask);
	return -error;
}

int64_t open_last(struct walk *w, const char *name)
{
	for (int tries = 0; tries < MAX_TRIES; tries++) {
		struct stat st;
		int64_t fd;

		if (fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
			if (errno != ENOENT)
				return -errno;
			if (w->is_exclusive && w->links)
				return -EEXIST;
			if (w->is_fifo) {
				fd = create_fifo(w, name);
				if (fd && fd != -EEXIST)
					return fd;
				continue;
			}
			fd = openat(w->dir, name, NEW_FILE_FLAGS, 0600);
			if (fd >= 0 || errno != EEXIST)
				return fd < 0 ? -errno : fd;
			continue;
		}
		if (S_ISLNK(st.st_mode) && w->is_again)
			return -(REFUSED + IS_LINK);
		if (S_ISLNK(st.st_mode) && (w->is_shared || !is_proc(w->dir)))
			return follow_link(w, name, "");
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

int64_t open_again(int dir, const char *name)
{
	struct walk w = { .dir = -1, .is_again = 1 };
	/* its mode or owner may have changed */
	int64_t result = enter_directory(&w, dir);

	return result == UNFINISHED ? open_last(&w, name) : result;
}

/*
 * Opens a file for appending events, or creates it with mode 0600. If other users may write
 * to its directory, no link is followed, and the file must be a regular file or a FIFO with one
 * link that belongs to root, to the caller or to the user also_uid. how: OPEN_EXCLUSIVE: a regular
 * file must be new (-EEXIST); OPEN_FIFO: it must be a FIFO, which is created if it is not there.
 * Without OPEN_FIFO, waits until a FIFO has a reader. Returns the descriptor, -errno, or
 * -(REFUSED + reason); then `refused` (PATH_BYTES) holds the path of the refused file.
 */
API int64_t output_open(const char *path, int how, uint32_t also_uid, char *refused)
{
	struct walk *w = calloc(1, sizeof(*w));
	int64_t result;

	if (!w)
		return -ENOMEM;
	*w = (struct walk){
		.dir = -1, .is_exclusive = how == OPEN_EXCLUSIVE, .is_fifo = how == OPEN_FIFO,
		.also_uid = also_uid, .where = refused,
	};
	*refused = 0;
	result = open_path(w, path);
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
		if (how == OPEN_FIFO)
			fcntl(result, F_SETPIPE_SZ, FIFO_BYTES);
	}
	return result;
}
