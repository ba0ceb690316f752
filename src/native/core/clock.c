// SPDX-License-Identifier: MIT
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "native.h"

/* Two clocks that were read within so many ns of each other are not read again. */
#define CLOSE_NS 5000
#define MOST_READINGS 5

/*
 * Returns true if tzset() may read the zone's file again. If the file cannot be opened, tzset()
 * would silently switch to UTC; without the call the C library keeps its zone. The dropped
 * privileges may have made the file unreachable. If the file was removed, UTC is right.
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
 * Seconds east of UTC at a moment (seconds since 1970), by TZ or /etc/localtime. The C library knows every form of both, as
 * date(1) does; the JavaScript engine knows names of zones only.
 */
API int utc_offset(int64_t seconds)
{
	time_t moment = seconds;
	struct tm local;

	if (is_zone_readable())
		tzset();
	return localtime_r(&moment, &local) ? local.tm_gmtoff : 0;
}

int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS_PER_SEC + t.tv_nsec;
}

/*
 * In a time namespace CLOCK_BOOTTIME is so many ns ahead of the kernel's own, by which BPF programs date what they tell, and
 * /proc/PID/stat its start times. 0 outside of one, and where we have made one for our children, in which we are not.
 */
API int64_t boottime_offset(void)
{
	static int64_t ahead;
	static int is_known;
	char ours[64] = "", childrens[64] = "";
	long long seconds, nanoseconds;
	FILE *offsets;

	if (is_known)
		return ahead;
	is_known = 1;
	if (readlink("/proc/self/ns/time", ours, sizeof(ours) - 1) < 0 ||
	    readlink("/proc/self/ns/time_for_children", childrens, sizeof(childrens) - 1) < 0 || strcmp(ours, childrens))
		return 0;
	offsets = fopen("/proc/self/timens_offsets", "re");
	if (!offsets)
		return 0;
	if (fscanf(offsets, "monotonic %*d %*d boottime %lld %lld", &seconds, &nanoseconds) == 2)
		ahead = seconds * NS_PER_SEC + nanoseconds;
	fclose(offsets);
	return ahead;
}

/*
 * How far the wall clock is ahead of the kernel's own CLOCK_BOOTTIME, ns. Between two readings we may lose the CPU for a while, so the
 * closest of some counts.
 */
int64_t realtime_offset(void)
{
	int64_t closest = INT64_MAX, ahead = 0;

	for (int i = 0; i < MOST_READINGS && closest > CLOSE_NS; i++) {
		int64_t before = now(CLOCK_BOOTTIME), wall = now(CLOCK_REALTIME), took = now(CLOCK_BOOTTIME) - before;

		if (took < closest) {
			closest = took;
			ahead = wall - before - took / 2;
		}
	}
	return ahead + boottime_offset();
}
