// SPDX-License-Identifier: MIT
/*
 * Keeps exits in segments: files in a directory, of which the oldest are removed. The tracer
 * creates the first one before it drops its privileges, and a broker creates the others. The
 * directory is open from the start. A segment is always a new file (O_EXCL), so nothing that
 * another user or an earlier run left is followed, continued or emptied.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "broker.h"
#include "core.h"
#include "output_walk.h"
#include "privileges.h"
#include "segment_names.h"
#include "segments.h"

#define LOCK_NAME ".exitsnoop.lock"
#define MAX_NUMBER 9999999999ULL
#define MAX_CREATE_TRIES 100	/* names that something else creates meanwhile */
#define ANSWER_TIMEOUT_MS 250	/* exits gather in the ring meanwhile */
#define BEGINS_SEGMENT 1u	/* in the argument of a request */

/* The results of next_segment(), which src/system/segments.ts has as well. */
enum { IS_PENDING, HAS_BEGUN, HAS_REMOVED };

static struct {
	int directory;		/* -1: there are no segments; in the tracer closed once it runs */
	int fd;			/* the tracer's, which keeps its number */
	int suffix;
	int needs_override;
	uint64_t current;	/* the number of the segment that is written; 0: none yet */
	uint64_t max_bytes;	/* of all segments */
	uint64_t segment_bytes;
	int64_t max_age;	/* ns; 0: no limit */
} own = { .directory = -1 };

/* The broker's is a copy from the fork. */
static struct segment_list list;

int *segment_directory(void)
{
	return own.directory < 0 ? NULL : &own.directory;
}

int needs_override_for_segments(void)
{
	return own.needs_override;
}

static int is_expired(const struct segment *segment, int64_t time)
{
	/* a time in the future is that of a clock that was set back: age is not known */
	return segment->is_empty || (own.max_age && time - segment->changed >= own.max_age);
}

/*
 * Removes the oldest segments until there is room for a full one beside them, and those that are
 * too old or empty. Never removes the current one, which counts as full unless another will follow.
 */
static int remove_oldest(int begins)
{
	int64_t time = now(CLOCK_REALTIME);
	int was_cut, error;

	do {
		error = list_segments(own.directory, &list);
		if (error)
			return error;
		was_cut = list.total > list.count;
		list.bytes += own.segment_bytes;
		for (uint32_t i = 0; i < list.count; i++) {
			const struct segment *segment = &list.segments[i];
			char name[SEGMENT_NAME_BYTES];

			if (segment->number >= list.complete_below)
				break;
			if (segment->number == own.current) {
				if (!begins)
					list.bytes -= segment->bytes;
				continue;
			}
			if (list.bytes <= own.max_bytes && list.total < MAX_SEGMENTS &&
			    !is_expired(segment, time))
				continue;
			write_segment_name(name, segment->number, segment->suffix);
			if (unlinkat(own.directory, name, 0) && errno != ENOENT)
				return -errno;
			list.bytes -= segment->bytes;
			list.total--;
		}
	} while (was_cut);
	return 0;
}

/* Creates the next segment. Returns its descriptor or -errno. */
static int64_t create_segment(void)
{
	uint64_t number = list.last + 1;
	int fd = -1;

	for (int tries = 0; tries < MAX_CREATE_TRIES; tries++, number++) {
		char name[SEGMENT_NAME_BYTES];

		if (number > MAX_NUMBER)
			return -EOVERFLOW;
		write_segment_name(name, number, own.suffix);
		fd = openat(own.directory, name, NEW_FILE_FLAGS, 0600);
		if (fd >= 0)
			own.current = number;
		if (fd >= 0 || errno != EEXIST)
			return fd < 0 ? -errno : fd;
	}
	return -EEXIST;
}

/*
 * Locks the directory until the tracer ends. A file of its own, which only its owner can open: any
 * user who can list the directory could lock that. Returns 0 or the reason for a failure.
 */
static int64_t lock(int fd)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK ? -(REFUSED + IS_LOCKED) : -errno;
}

/* Opens the directory by its lock file, which is created. Returns 0 or a negative result. */
static int64_t open_directory(const char *path, uint32_t also_uid, char *refused)
{
	/* is_again: the lock file must be one of this user, and no link */
	struct walk *w = calloc(1, sizeof(*w));
	char *file = malloc(strlen(path) + sizeof("/" LOCK_NAME));
	int64_t result = -ENOMEM, error;
	struct stat st;

	if (w && file) {
		*w = (struct walk){ .dir = -1, .is_again = 1, .needs_own_directory = 1,
				    .also_uid = also_uid, .where = refused };
		strcpy(file, path);
		strcat(file, "/" LOCK_NAME);
		result = *path ? open_path(w, file) : -ENOENT;
	}
	if (result >= 0) {
		error = lock(result);
		own.directory = openat(w->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (!error && (own.directory < 0 || fstat(own.directory, &st)))
			error = -errno;
		if (error)
			close(result);
		own.needs_override = !error && (st.st_uid != geteuid() ||
						(~st.st_mode & (S_IWUSR | S_IXUSR)));
		result = error;
	}
	if (w && w->dir >= 0)
		close(w->dir);
	free(file);
	free(w);
	return result;
}

/*
 * Opens a directory for segments with names that end with `suffix`, removes the oldest, and creates
 * the next one. Only the directory's owner may be able to write to it: root, the caller, or the
 * user also_uid. max_bytes and segment_bytes bound all segments and one; max_age is that of a
 * segment's last change in seconds, 0 without a limit. Returns the segment's descriptor, -errno or
 * -(REFUSED + reason); then `refused` (PATH_BYTES) holds the path of the refused file.
 */
API int64_t open_segments(const char *path, const char *suffix, uint64_t max_bytes,
			  uint32_t max_age, uint32_t segment_bytes, uint32_t also_uid,
			  char *refused)
{
	int64_t result;

	*refused = 0;
	own.suffix = segment_suffix(suffix);
	own.max_bytes = max_bytes;
	own.max_age = max_age * NS_PER_SEC;
	own.segment_bytes = segment_bytes;
	if (own.suffix < 0)
		return -EINVAL;
	result = open_directory(path, also_uid, refused);
	if (!result)
		result = remove_oldest(1);
	own.fd = result ? result : create_segment();
	return own.fd;
}

/* Runs in the broker. Its capability, if it has one, is effective only here. */
void begin_segment(uint32_t argument, struct broker_answer *answer)
{
	int begins = argument & BEGINS_SEGMENT;
	struct capabilities set;
	int64_t result = get_capabilities(0, &set);

	set.effective = set.permitted;
	set_capabilities(&set);
	if (!result)
		result = remove_oldest(begins);
	if (!result && begins)
		result = create_segment();
	set.effective = 0;
	set_capabilities(&set);
	answer->result = result < 0 ? result : 0;
	answer->fd = result >= 0 && begins ? result : -1;
}

/*
 * Removes the segments that are too old. begins: also creates a segment, and replaces the one
 * behind the descriptor of open_segments(). Returns IS_PENDING if the broker has not answered yet:
 * then the next call waits for that answer; HAS_BEGUN after a new segment has begun, HAS_REMOVED
 * without one, -errno or -(REFUSED + NO_BROKER).
 */
API int next_segment(int begins)
{
	static uint32_t argument;
	static int is_pending;
	struct broker_answer answer;
	int result;

	if (!is_pending)
		argument = (argument & ~BEGINS_SEGMENT) + 2 + (begins ? BEGINS_SEGMENT : 0);
	result = ask_broker(BEGIN_SEGMENT, argument, ANSWER_TIMEOUT_MS, &answer);
	is_pending = !result;
	if (result <= 0)
		return result ? -(REFUSED + NO_BROKER) : IS_PENDING;
	if (answer.result < 0)
		return answer.result;
	if (!(argument & BEGINS_SEGMENT))
		return HAS_REMOVED;
	if (answer.fd < 0)
		return -EBADF;
	result = dup3(answer.fd, own.fd, O_CLOEXEC) < 0 ? -errno : HAS_BEGUN;
	close(answer.fd);
	return result;
}
