// SPDX-License-Identifier: MIT
/*
 * Landlock, a second barrier behind seccomp, which checks operations instead of system calls. A
 * ruleset without rules denies all rights that it handles. The numbers are those of
 * include/uapi/linux/landlock.h, which the build machine may lack.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "privileges.h"

#define CREATE_RULESET_VERSION 1

/* the first `count` rights of LANDLOCK_ACCESS_FS_*, except for READ_FILE and READ_DIR */
#define RIGHTS(count) (((1ULL << (count)) - 1) & ~(1ULL << 2 | 1ULL << 3))

struct ruleset {
	uint64_t files;
	uint64_t network; /* since ABI version 4: bind and connect of TCP */
	uint64_t scopes;  /* since 6: abstract Unix sockets; seccomp restricts signals */
};

int create_landlock_ruleset(void)
{
	struct ruleset rules = { .network = 3, .scopes = 1 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION), fd;
	size_t size = abi >= 6 ? sizeof(rules) : abi >= 4 ? 16 : 8;

	if (abi < 0)
		return -errno;
	rules.files = RIGHTS(abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13);
	fd = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	return fd < 0 ? -errno : fd;
}
