// SPDX-License-Identifier: MIT
/* Reads and sets the capabilities of threads. It needs no libcap. */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "privileges.h"

int get_capabilities(pid_t tid, struct capabilities *set)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, tid };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	set->effective = data[0].effective | (uint64_t)data[1].effective << 32;
	set->permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	set->inheritable = data[0].inheritable | (uint64_t)data[1].inheritable << 32;
	return 0;
}

int set_capabilities(const struct capabilities *set)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ set->effective, set->permitted, set->inheritable },
		{ set->effective >> 32, set->permitted >> 32, set->inheritable >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

int check_capabilities(DIR *tasks, uint64_t retained)
{
	struct capabilities set;
	struct dirent *entry;

	rewinddir(tasks);
	while ((entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid && !get_capabilities(tid, &set) &&
		    (set.permitted | set.effective | set.inheritable) & ~retained)
			return -EPERM;
	}
	return 0;
}
