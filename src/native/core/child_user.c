// SPDX-License-Identifier: MIT
/* Finds the user that COMMAND runs as, if --as names one. */
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include "child_command.h"
#include "privileges.h"

#define MAX_UID 0xfffffffeUL

static int set_variables(const char *home, const char *name, const char *shell)
{
	int error = set_child_variable("HOME", home);

	if (!error)
		error = set_child_variable("USER", name);
	if (!error)
		error = set_child_variable("LOGNAME", name);
	return error ? error : set_child_variable("SHELL", *shell ? shell : "/bin/sh");
}

int find_child_user(const char *user, struct launch *launch)
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
		if (!entry) {
			/* a uid without an entry: an equal gid, no groups, and / as the home */
			launch->uid = launch->gid = uid;
			return set_variables("/", user, "");
		}
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
	const int count = sizeof(needed) / sizeof(*needed);
	struct capabilities set;

	if (get_capabilities(0, &set))
		return;
	for (int i = 0; i < count; i++)
		set.inheritable |= set.permitted & 1ULL << needed[i];
	if (set_capabilities(&set))
		return;
	for (int i = 0; i < count; i++)
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, needed[i], 0, 0);
}
