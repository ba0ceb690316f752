// SPDX-License-Identifier: MIT
/* Finds the user that COMMAND runs as, if --as names one. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "command.h"

#define MAX_UID 0xfffffffeUL

static int set_variables(const char *home, const char *name, const char *shell)
{
	return set_command_variable("HOME", home) || set_command_variable("USER", name) ||
			       set_command_variable("LOGNAME", name) ||
			       set_command_variable("SHELL", *shell ? shell : "/bin/sh") ?
		       -ENOMEM :
		       0;
}

/* Accepts a uid without a database entry: an equal gid, no groups, and / as the home. */
static int find_bare_user(const char *digits, unsigned long uid, struct launch *launch)
{
	launch->uid = launch->gid = uid;
	launch->group_count = 0;
	return set_variables("/", digits, "");
}

int find_user(const char *user, struct launch *launch)
{
	/* looks for a name first, even if it has only digits: as chown(1) does */
	struct passwd *entry = getpwnam(user);
	int count = MAX_GROUPS;
	char *end;

	launch->becomes_user = 1;
	if (!entry) {
		unsigned long uid = strtoul(user, &end, 10);

		if (*user < '0' || *user > '9' || *end || uid > MAX_UID)
			return -ENOENT;
		entry = getpwuid(uid);
		if (!entry)
			return find_bare_user(user, uid, launch);
	}
	launch->uid = entry->pw_uid;
	launch->gid = entry->pw_gid;
	if (getgrouplist(entry->pw_name, entry->pw_gid, launch->groups, &count) < 0)
		return -E2BIG;
	launch->group_count = count;
	return set_variables(entry->pw_dir, entry->pw_name, entry->pw_shell);
}

/* Makes the capabilities ambient: otherwise execve(2) gives capabilities to root's uid only. */
void keep_capabilities(void)
{
	static const int needed[] = { CAP_SETUID, CAP_SETGID, CAP_KILL, CAP_SYS_ADMIN };
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		data[0].inheritable |= data[0].permitted & 1U << needed[i];
	if (syscall(SYS_capset, &head, data))
		return;
	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, needed[i], 0, 0);
}
