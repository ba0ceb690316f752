// SPDX-License-Identifier: MIT
/*
 * Delays writes while another process has an output file open: logrotate(8) with copytruncate
 * copies the file and then empties it, and what is written in between would be lost. Exits gather
 * in the ring meanwhile. A reader that stays, such as tail -f, delays one write. A file that every
 * user can read is not waited for, or any user could make the ring overflow.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>
#include "copied_file.h"
#include "native.h"

#define MAX_WAIT_MS 2000
#define EVENT_BYTES 4096

static int inotify = -1;
static struct watched_file {
	int fd, watch;
	int openers;		/* processes that have opened the file and not closed it */
	int64_t wait_until;	/* CLOCK_MONOTONIC, ns */
} files[MAX_OUTPUTS];
static int count;

int add_watch(int fd)
{
	char path[sizeof("/proc/self/fd/") + 11];

	if (inotify < 0)
		inotify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	/*
	 * the kernel merges equal events that follow each other, so that it would report two
	 * processes that open the file as one; their reading (IN_ACCESS) keeps them apart
	 */
	return inotify < 0 ? -1 :
			     inotify_add_watch(inotify, path, IN_OPEN | IN_ACCESS | IN_CLOSE);
}

void remove_watch(int watch)
{
	if (watch >= 0)
		inotify_rm_watch(inotify, watch);
}

int *watching_descriptor(void)
{
	return &inotify;
}

void watch_file(int fd, int watch)
{
	int i = 0;

	while (i < count && files[i].fd != fd)
		i++;
	if (i < count || (watch >= 0 && count < MAX_OUTPUTS))
		files[i] = (struct watched_file){ .fd = fd, .watch = watch };
	if (i == count && watch >= 0 && count < MAX_OUTPUTS)
		count++;
}

static void handle_event(const struct inotify_event *event)
{
	for (int i = 0; i < count; i++) {
		if (files[i].watch != event->wd)
			continue;
		if (event->mask & IN_OPEN) {
			/* later ones do not prolong it, or they could stop all writing */
			if (!files[i].openers++)
				files[i].wait_until =
					now(CLOCK_MONOTONIC) + MAX_WAIT_MS * NS_PER_MS;
		} else if (event->mask & IN_CLOSE && files[i].openers > 0) {
			files[i].openers--;
		}
	}
}

static void read_events(void)
{
	char buffer[EVENT_BYTES] __attribute__((aligned(8)));
	ssize_t size;

	while ((size = read(inotify, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < size;) {
			const struct inotify_event *event = (void *)(buffer + at);

			handle_event(event);
			at += sizeof(*event) + event->len;
		}
	}
}

static int is_readable_by_all(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && st.st_mode & S_IROTH;
}

void wait_until_copied(int fd)
{
	struct pollfd events = { .fd = inotify, .events = POLLIN };
	struct watched_file *file = files;
	int64_t left;

	while (file < files + count && file->fd != fd)
		file++;
	if (file == files + count)
		return;
	read_events();
	if (file->openers > 0 && is_readable_by_all(fd))
		file->openers = 0;
	while (file->openers > 0) {
		left = file->wait_until - now(CLOCK_MONOTONIC);
		if (left <= 0)
			file->openers = 0;
		else if (poll(&events, 1, left / NS_PER_MS + 1) > 0)
			read_events();
	}
}
