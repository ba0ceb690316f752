// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

#define MAX_READINGS 5
#define ZONE_NS (60 * NS_PER_SEC) /* the zone of the system changes rarely */
#define CLOSE_NS 5000		/* precise enough: the clocks are not read again */

/*
 * Returns true if tzset() may read the zone's file again. If the dropped privileges have made it
 * unreachable, tzset() would silently switch to UTC. If it was removed, UTC is right.
 */
static int is_zone_readable(void)
{
	int fd = open("/etc/localtime", O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return errno == ENOENT;
	close(fd);
	return 1;
}

/*
 * Returns the local time's offset from UTC at a time (seconds since 1970), in seconds east. The C
 * library accepts every form of TZ and /etc/localtime; the JavaScript engine only names of zones.
 */
API int utc_offset(int64_t seconds)
{
	static int64_t read_at;
	int64_t at = now(CLOCK_MONOTONIC);
	time_t time = seconds;
	struct tm local;

	if (!read_at || at - read_at > ZONE_NS) {
		read_at = at;
		if (is_zone_readable())
			tzset();
	}
	return localtime_r(&time, &local) ? local.tm_gmtoff : 0;
}

int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

/*
 * Returns by how many ns CLOCK_BOOTTIME in this time namespace is ahead of the initial one's, which
 * BPF programs and /proc/PID/stat use. timens_offsets shows the namespace of future children, so it
 * is read only if that is also this process's.
 */
API int64_t boottime_offset(void)
{
	static int64_t offset;
	static int is_known;
	char own[64] = "", children[64] = "";
	long long seconds, nanoseconds;
	FILE *offsets;

	if (is_known)
		return offset;
	is_known = 1;
	if (readlink("/proc/self/ns/time", own, sizeof(own) - 1) < 0 ||
	    readlink("/proc/self/ns/time_for_children", children, sizeof(children) - 1) < 0 ||
	    strcmp(own, children))
		return 0;
	offsets = fopen("/proc/self/timens_offsets", "re");
	if (!offsets)
		return 0;
	if (fscanf(offsets, "monotonic %*d %*d boottime %lld %lld", &seconds, &nanoseconds) == 2)
		offset = seconds * NS_PER_SEC + nanoseconds;
	fclose(offsets);
	return offset;
}

/* Returns CLOCK_BOOTTIME of the initial time namespace, ns: the clock of BPF programs. */
API int64_t boottime_now(void)
{
	return now(CLOCK_BOOTTIME) - boottime_offset();
}

/*
 * Returns CLOCK_REALTIME minus the initial time namespace's CLOCK_BOOTTIME, in ns. Reads the clocks
 * several times and uses the readings that are closest together, because the scheduler may switch
 * to another process between two of them.
 */
int64_t realtime_offset(void)
{
	int64_t closest = INT64_MAX, offset = 0;

	for (int i = 0; i < MAX_READINGS && closest > CLOSE_NS; i++) {
		int64_t before = now(CLOCK_BOOTTIME), wall = now(CLOCK_REALTIME);
		int64_t took = now(CLOCK_BOOTTIME) - before;

		if (took < closest) {
			closest = took;
			offset = wall - before - took / 2;
		}
	}
	return offset + boottime_offset();
}
