// SPDX-License-Identifier: MIT
/*
 * Drops the privileges of the exporter: the process that passes exits on over the network. It
 * becomes another user altogether, since nothing that it does later needs its first one.
 */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <pwd.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "core.h"
#include "exporter_privileges.h"
#include "privileges.h"

#define BIT(capability) (1ULL << (capability))
#define MAX_GROUPS 256
#define MAX_UID 0xfffffffeUL

#define SECUREBITS                                                                          \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_KEEP_CAPS_LOCKED |                   \
	 SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* The result of drop_exporter_privileges(): bits that src/system/exporter-privileges.ts has. */
enum { HAS_SECCOMP = 1, HAS_LANDLOCK = 2, CHANGED_USER = 4 };
/* Added to the errno of Landlock's calls, to keep them apart from those of other calls. */
#define LANDLOCK_ERROR 4096

static uid_t uid;
static gid_t gid, groups[MAX_GROUPS];
static int group_count, ruleset, changes_user;
static struct capabilities before;
static atomic_int thread_error;

/*
 * Drops the privileges of one thread. Makes system calls only, since it runs in a signal handler.
 * A thread may have inherited the dropped state: each step must succeed a second time.
 */
static void drop_in_this_thread(void)
{
	const struct capabilities none = { 0, 0, 0 };
	struct capabilities now;
	int error = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = errno;
	if (!get_capabilities(0, &now) && now.effective & BIT(CAP_SETPCAP)) {
		prctl(PR_SET_SECUREBITS, SECUREBITS);
		for (int i = 0; i < 64 && !prctl(PR_CAPBSET_DROP, i); i++) {
		}
	}
	if (changes_user && syscall(SYS_geteuid) != uid) {
		if (syscall(SYS_setgroups, group_count, groups) ||
		    syscall(SYS_setresgid, gid, gid, gid) || syscall(SYS_setresuid, uid, uid, uid))
			error = errno;
	}
	if (set_capabilities(&none))
		error = errno;
	if (ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0))
		error = errno;
	if (error)
		atomic_store(&thread_error, error);
}

/* Finds a user by name or number. Returns 0, -ENOENT or another -errno. */
static int find_user(const char *name)
{
	struct passwd *entry;
	unsigned long number;
	char *end;

	if (!*name) {
		/* user nobody, also where /etc/passwd has none or gives it another number */
		uid = gid = NOBODY;
		group_count = 0;
		return 0;
	}
	entry = getpwnam(name);
	number = strtoul(name, &end, 10);
	if (!entry && *name >= '0' && *name <= '9' && !*end && number <= MAX_UID) {
		entry = getpwuid(number);
		if (!entry) {
			uid = gid = number;
			group_count = 0;
			return 0;
		}
	}
	if (!entry)
		return -ENOENT;
	uid = entry->pw_uid;
	gid = entry->pw_gid;
	group_count = MAX_GROUPS;
	return getgrouplist(entry->pw_name, gid, groups, &group_count) < 0 ? -E2BIG : 0;
}

static int nothing(void)
{
	return 0;
}

/*
 * Becomes the user, drops all capabilities, and installs Landlock and seccomp in all threads;
 * called once, when everything is open. user: if it is empty, root becomes user nobody, and others
 * stay. The other arguments are those of struct exporter_rights. Returns HAS_* and CHANGED_USER, or
 * -errno; -ENOENT: there is no such user; -EPERM: only root can become another user; below
 * -LANDLOCK_ERROR: the kernel has Landlock, and the ruleset cannot be created.
 */
API int drop_exporter_privileges(const char *user, int serves, int port, int directory)
{
	const struct exporter_rights rights = { serves, port, directory };
	DIR *tasks;
	int error = get_capabilities(0, &before), has_seccomp;

	if (error)
		return error;
	changes_user = before.permitted & BIT(CAP_SETUID) && before.permitted & BIT(CAP_SETGID);
	if (!changes_user && !*user) {
		uid = geteuid();
	} else {
		error = find_user(user);
		if (error)
			return error;
	}
	if (!changes_user && uid != geteuid())
		return -EPERM;
	ruleset = create_exporter_ruleset(rights);
	if (ruleset < 0 && ruleset != NO_LANDLOCK)
		return ruleset - LANDLOCK_ERROR;
	/* opened before the process has lost the right to reach it */
	tasks = opendir("/proc/self/task");
	if (!tasks)
		return -errno;
	tzset();
	prepare_page_release();
	error = run_on_all_threads(tasks, drop_in_this_thread, nothing);
	/* a change of the user clears both */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	prctl(PR_SET_PDEATHSIG, parent_death_signal(), 0, 0, 0);
	if (ruleset >= 0)
		close(ruleset);
	if (!error)
		error = -atomic_load(&thread_error);
	if (!error)
		error = check_capabilities(tasks, 0);
	if (!error && geteuid() == 0 && uid != 0)
		error = -EPERM;
	closedir(tasks);
	if (error)
		return error;
	error = install_exporter_filter(rights);
	has_seccomp = !error;
	/* -EINVAL: this kernel was built without seccomp */
	if (error && error != -EINVAL)
		return error;
	return (has_seccomp ? HAS_SECCOMP : 0) | (ruleset >= 0 ? HAS_LANDLOCK : 0) |
	       (changes_user ? CHANGED_USER : 0);
}
