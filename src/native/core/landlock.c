// SPDX-License-Identifier: MIT
/*
 * Landlock, a second barrier behind seccomp, which checks operations instead of system calls. A
 * ruleset without rules denies all rights that it handles. The numbers are those of
 * include/uapi/linux/landlock.h, which the build machine may lack.
 */
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "exporter_privileges.h"
#include "privileges.h"

#define CREATE_RULESET_VERSION 1

/* the first `count` rights of LANDLOCK_ACCESS_FS_*, except for READ_FILE and READ_DIR */
#define RIGHTS(count) (((1ULL << (count)) - 1) & ~(READ_FILE | READ_DIR))

#define RULE_PATH_BENEATH 1
#define WRITE_FILE (1ULL << 1)
#define READ_FILE (1ULL << 2)
#define READ_DIR (1ULL << 3)
#define REMOVE_FILE (1ULL << 5)
#define MAKE_REG (1ULL << 8)
#define TRUNCATE (1ULL << 14)	/* since ABI version 3 */

#define RULE_NET_PORT 2
#define BIND_TCP 1
#define CONNECT_TCP 2
#define DNS_PORT 53

struct path_beneath {
	uint64_t allowed;
	int32_t directory;
} __attribute__((packed));

struct net_port {
	uint64_t allowed;
	uint64_t port;
};

struct ruleset {
	uint64_t files;
	uint64_t network; /* since ABI version 4: bind and connect of TCP */
	uint64_t scopes;  /* since 6: abstract Unix sockets; seccomp restricts signals */
};

/*
 * Returns the version of the ABI, or NO_LANDLOCK: the kernel is older, was built or started without
 * Landlock, or a container's seccomp filter refuses the call.
 */
static long abi_version(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_RULESET_VERSION);

	return abi < 0 ? NO_LANDLOCK : abi;
}

static int create_ruleset(long abi, struct ruleset rules)
{
	size_t size = abi >= 6 ? sizeof(rules) : abi >= 4 ? 16 : 8;
	long fd;

	if (abi < 0)
		return abi;
	rules.files |= RIGHTS(abi >= 5 ? 16 : abi >= 3 ? 15 : abi >= 2 ? 14 : 13);
	fd = syscall(SYS_landlock_create_ruleset, &rules, size, 0);
	return fd < 0 ? -errno : fd;
}

int create_landlock_ruleset(void)
{
	return create_ruleset(abi_version(), (struct ruleset){ .network = 3, .scopes = 1 });
}

/* Allows rights in and below a directory. Returns 0 or -errno. */
static int allow(int ruleset, int directory, uint64_t rights)
{
	const struct path_beneath rule = { rights, directory };

	return syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) ? -errno : 0;
}

int create_broker_ruleset(struct broker_directories writable, const int *readable,
			  int readable_count, int listed_count)
{
	/* the services of nsswitch.conf may be behind any socket */
	struct ruleset rules = { .files = readable ? READ_FILE | READ_DIR : 0 };
	int fd = create_ruleset(abi_version(), rules), error = 0;

	for (int i = 1; fd >= 0 && !error && i <= writable.segments + writable.logs; i++)
		error = allow(fd, i,
			      WRITE_FILE | MAKE_REG | (i <= writable.segments ? REMOVE_FILE : 0));
	for (int i = 0; fd >= 0 && !error && i < readable_count; i++)
		error = allow(fd, readable[i], READ_DIR | (i < listed_count ? 0 : READ_FILE));
	if (!error)
		return fd;
	close(fd);
	return error;
}

int restrict_by_landlock(int ruleset)
{
	int error = 0;

	if (ruleset < 0)
		return ruleset == NO_LANDLOCK ? 0 : ruleset;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		error = -errno;
	close(ruleset);
	return error;
}

/* Allows to connect to a port. Returns 0 or -errno. */
static int allow_port(int ruleset, uint64_t port)
{
	const struct net_port rule = { CONNECT_TCP, port };

	return syscall(SYS_landlock_add_rule, ruleset, RULE_NET_PORT, &rule, 0) ? -errno : 0;
}

int create_exporter_ruleset(struct exporter_rights rights)
{
	const long abi = abi_version();
	struct ruleset rules = { .network = BIND_TCP | CONNECT_TCP, .scopes = 1 };
	int fd = create_ruleset(abi, rules), error = 0;

	if (fd >= 0 && rights.directory >= 0)
		error = allow(fd, rights.directory,
			      WRITE_FILE | MAKE_REG | REMOVE_FILE | (abi >= 3 ? TRUNCATE : 0));
	if (fd >= 0 && !error && rights.port && abi >= 4) {
		error = allow_port(fd, rights.port);
		if (!error)
			error = allow_port(fd, DNS_PORT);
	}
	if (!error)
		return fd;
	close(fd);
	return error;
}
