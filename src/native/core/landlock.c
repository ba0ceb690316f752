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

#define RULE_PATH_BENEATH 1
#define WRITE_FILE (1ULL << 1)
#define MAKE_REG (1ULL << 8)

struct path_beneath {
	uint64_t allowed;
	int32_t directory;
} __attribute__((packed));

struct ruleset {
	uint64_t files;
	uint64_t network; /* since ABI version 4: bind and connect of TCP */
	uint64_t scopes;  /* since 6: abstract Unix sockets; seccomp restricts signals */
};

/* Returns the version of the ABI, or -errno without Landlock. */
static long abi_version(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? -errno : abi;
}

static int create_ruleset(long abi, struct ruleset rules)
{
	size_t size = abi >= 6 ? sizeof(rules) : abi >= 4 ? 16 : 8;
	long fd;

	if (abi < 0)
		return abi;
	rules.files = RIGHTS(abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13);
	fd = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	return fd < 0 ? -errno : fd;
}

int create_landlock_ruleset(void)
{
	return create_ruleset(abi_version(), (struct ruleset){ .network = 3, .scopes = 1 });
}

int create_directory_ruleset(int count)
{
	/* the services of nsswitch.conf may be behind any socket */
	int fd = create_ruleset(abi_version(), (struct ruleset){}), error = 0;

	for (int i = 1; fd >= 0 && !error && i <= count; i++) {
		const struct path_beneath rule = { WRITE_FILE | MAKE_REG, i };

		if (syscall(SYS_landlock_add_rule, fd, RULE_PATH_BENEATH, &rule, 0))
			error = -errno;
	}
	if (!error)
		return fd;
	close(fd);
	return error;
}
