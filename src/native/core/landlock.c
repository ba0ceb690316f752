// SPDX-License-Identifier: MIT
/*
 * Landlock, the second line behind the seccomp filter: it looks at what is done, not at how. Without a single rule it allows none of the
 * rights that it handles. Include/uapi/linux/landlock.h, of which the building machine may have an old one.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "privileges.h"

#define SYS_LANDLOCK_CREATE_RULESET 444
#define VERSION 1

/* LANDLOCK_ACCESS_FS_*: the two rights that are left alone, and how many there are since which version */
#define READ_FILE (1ULL << 2)
#define READ_DIR (1ULL << 3)
#define RIGHTS(count) (((1ULL << (count)) - 1) & ~(READ_FILE | READ_DIR))

struct ruleset {
	uint64_t files;
	uint64_t network; /* since version 4: bind and connect of TCP */
	uint64_t scopes;  /* since version 6: abstract Unix sockets; signals are the filter's business */
};

int make_ruleset(void)
{
	struct ruleset rules = { .network = 3, .scopes = 1 };
	long version = syscall(SYS_LANDLOCK_CREATE_RULESET, NULL, 0, VERSION), fd;
	size_t size = version >= 6 ? sizeof(rules) : version >= 4 ? 16 : 8;

	if (version < 0)
		return -errno;
	rules.files = version >= 5 ? RIGHTS(16) : version >= 3 ? RIGHTS(15) : version >= 2 ? RIGHTS(14) : RIGHTS(13);
	fd = syscall(SYS_LANDLOCK_CREATE_RULESET, &rules, size, 0);
	return fd < 0 ? -errno : fd;
}
