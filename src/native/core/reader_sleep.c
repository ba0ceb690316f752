// SPDX-License-Identifier: MIT
/*
 * How long a reader sleeps before it fills a batch. An exiting process wakes the reader only if it
 * has read all earlier records, so records that gather save wake-ups, and CPU time of both sides.
 */
#include <errno.h>
#include <sys/epoll.h>
#include "reader.h"

#define MAX_COALESCE_MS 20
#define IDLE_NS (100 * NS_PER_MS)
#define QUIET_MS 250
/*
 * Pages are released when no record has come for RELEASE_QUIET_MS, and again after twice, four and
 * eight times as long: ten and twenty seconds after the runtime's compilers have run, their threads
 * end, and need pages for that. While records come, the intervals grow as well.
 */
#define RELEASE_QUIET_MS 2000
#define QUIET_RELEASES 4
#define MIN_RELEASE_NS (500 * NS_PER_MS)
#define MAX_RELEASE_NS (16 * NS_PER_SEC)

/*
 * Calls poll(2), and again if a signal interrupts it: stop_fd is one of the descriptors, and the
 * death of an adopted child need not end the sleep. Returns 0 or -errno.
 */
static int sleep_on(struct pollfd *fds, int count, int timeout_ms)
{
	int64_t until = now(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS;

	while (poll(fds, count, timeout_ms) < 0) {
		if (errno != EINTR)
			return -errno;
		if (timeout_ms > 0) {
			int64_t left = until - now(CLOCK_MONOTONIC);

			timeout_ms = left > 0 ? (left + NS_PER_MS - 1) / NS_PER_MS : 0;
		}
	}
	return 0;
}

/*
 * Lets the records of rings that ring.bpf.h fills gather for that many ms, or until one is a
 * quarter full. is_first_at_once: a record after QUIET_MS without any is delivered at once, and
 * those after it gather from then on. Call it after the rings were added. Returns 0 or -errno.
 */
API int reader_gather(struct reader *r, int ms, int is_first_at_once)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };

	r->edge_fd = epoll_create1(EPOLL_CLOEXEC);
	if (r->edge_fd < 0)
		return -errno;
	for (int i = 0; i < r->count; i++)
		if (epoll_ctl(r->edge_fd, EPOLL_CTL_ADD, r->sources[i].fd, &event))
			return -errno;
	r->gather_ms = ms;
	r->is_first_at_once = is_first_at_once;
	return 0;
}

/* Returns true if the sleep ended because of something else than records. */
static int is_ended(const struct sleeper *s)
{
	for (int i = 0; i < s->others; i++)
		if (s->fds[i].revents)
			return 1;
	return 0;
}

static void release_pages(struct reader *r, int64_t at)
{
	release_file_pages();
	r->released_at = at;
}

/*
 * Sleeps until the first record, for at most timeout_ms (-1: no limit). Releases pages once it was
 * quiet for a while. Returns 0 or -errno.
 */
static int sleep_until_record(struct reader *r, struct sleeper *s, int timeout_ms)
{
	int all = s->others + r->count;

	while (r->quiet_releases < QUIET_RELEASES) {
		int quiet_ms = RELEASE_QUIET_MS << r->quiet_releases, error;

		if (timeout_ms >= 0 && timeout_ms <= quiet_ms)
			break;
		error = sleep_on(s->fds, all, quiet_ms);
		if (error || is_ended(s) || reader_pending_bytes(r))
			return error;
		release_pages(r, now(CLOCK_MONOTONIC));
		r->quiet_releases++;
		if (timeout_ms > 0)
			timeout_ms -= quiet_ms;
	}
	return sleep_on(s->fds, all, timeout_ms);
}

/*
 * Sleeps until the first record, and then until others have gathered: for gather_ms, or until a
 * ring is a quarter full, which is an edge although the ring was readable before. Returns 0 or
 * -errno.
 */
static int sleep_and_gather(struct reader *r, struct sleeper *s, int timeout_ms)
{
	int64_t until = now(CLOCK_MONOTONIC) + timeout_ms * NS_PER_MS, at, left;
	struct epoll_event edges[MAX_SOURCES];
	int pause = r->gather_ms, error = 0;

	if (!reader_pending_bytes(r))
		error = sleep_until_record(r, s, timeout_ms);
	if (error || is_ended(s) || !reader_pending_bytes(r))
		return error;
	at = now(CLOCK_MONOTONIC);
	if (r->is_first_at_once && at - r->drained_at > QUIET_MS * NS_PER_MS)
		return 0;
	left = timeout_ms < 0 ? pause : (until - at) / NS_PER_MS;
	if (left < pause)
		pause = left;
	/* the edges of the first records; one since then is lost, but not what is in the ring */
	epoll_wait(r->edge_fd, edges, MAX_SOURCES, 0);
	if (pause <= 0 || reader_pending_bytes(r) >= reader_min_buffer_bytes(r) / 4)
		return 0;
	s->fds[s->others] = (struct pollfd){ .fd = r->edge_fd, .events = POLLIN };
	return sleep_on(s->fds, s->others + 1, pause);
}

/*
 * Returns how long records should gather before the next drain, in ms. An exiting process wakes the
 * reader only if the ring was empty, so a longer time saves wake-ups. The time doubles with each
 * drain, but the ring must not fill by more than a quarter at the present rate. coalesce() sets it
 * to 0 after an idle time, when a burst may begin.
 */
static int next_coalesce_ms(struct reader *r, int64_t drained_at)
{
	int64_t elapsed = drained_at - r->drained_at;
	int64_t quarter = reader_min_buffer_bytes(r) / 4;
	int64_t ms = r->coalesce_ms * 2 + 1;

	if (r->is_full)
		return 0;
	if (ms > MAX_COALESCE_MS)
		ms = MAX_COALESCE_MS;
	/* keeps the product below from overflowing after hours without records */
	if (elapsed > IDLE_NS)
		elapsed = IDLE_NS;
	if (r->used && ms > elapsed * quarter / r->used / NS_PER_MS)
		ms = elapsed * quarter / r->used / NS_PER_MS;
	return ms;
}

/*
 * Sleeps while records gather for coalesce_ms, and if there are none then, until the next one.
 * Returns 0 or -errno.
 */
static int coalesce(struct reader *r, struct sleeper *s, int timeout_ms)
{
	int64_t before = now(CLOCK_MONOTONIC);
	int pause = timeout_ms >= 0 && timeout_ms < r->coalesce_ms ? timeout_ms : r->coalesce_ms;
	int error = pause > 0 ? sleep_on(s->fds, s->others, pause) : 0;

	if (!error && !is_ended(s) && !reader_pending_bytes(r))
		error = sleep_on(s->fds, s->others + r->count, timeout_ms < 0 ? -1 : timeout_ms - pause);
	if (now(CLOCK_MONOTONIC) - before > IDLE_NS)
		r->coalesce_ms = 0;
	return error;
}

/* Sleeps before the next batch, for at most timeout_ms (-1: no limit). Returns 0 or -errno. */
int reader_sleep(struct reader *r, struct sleeper *s, int timeout_ms)
{
	return (r->edge_fd ? sleep_and_gather : coalesce)(r, s, timeout_ms);
}

/* Called when the batch is filled, with the time after the sleep: CLOCK_MONOTONIC, ns. */
void reader_filled(struct reader *r, int64_t at)
{
	r->coalesce_ms = next_coalesce_ms(r, at);
	if (r->used) {
		if (at - r->released_at > r->release_ns) {
			r->release_ns = r->release_ns ? 2 * r->release_ns : MIN_RELEASE_NS;
			if (r->release_ns > MAX_RELEASE_NS)
				r->release_ns = MAX_RELEASE_NS;
			release_pages(r, at);
		}
		r->quiet_releases = 0;
	}
	/* without records, the quiet time goes on */
	if (r->used || !r->edge_fd)
		r->drained_at = at;
}
