// SPDX-License-Identifier: MIT
/*
 * What we no longer need once the programs are attached is given up, in all threads and for good: what decodes records that others have
 * had a hand in shall have nothing worth taking over.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "native.h"
#include "privileges.h"

#ifndef CAP_PERFMON
#define CAP_PERFMON 38
#define CAP_BPF 39
#define CAP_CHECKPOINT_RESTORE 40
#endif

#define BIT(capability) (1ULL << (capability))
/* so many numbers are there for them */
#define CAPABILITIES 64

#define SYS_LANDLOCK_RESTRICT_SELF 446

/* What give_up_privileges() returns: what holds now. */
enum { HAS_FILTER = 1, HAS_RULESET = 2, KEEPS_CAPABILITIES = 4, READS_AS_NOBODY = 8 };

static struct duties duties;
static uint64_t held, kept;
static int ruleset, has_filter, reads_as_nobody;
static atomic_int failure;

static int get_capabilities(pid_t tid, uint64_t *permitted, uint64_t *rest)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, tid };
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &head, data))
		return -errno;
	*permitted = data[0].permitted | (uint64_t)data[1].permitted << 32;
	*rest = (data[0].effective | data[0].inheritable) | (uint64_t)(data[1].effective | data[1].inheritable) << 32;
	return 0;
}

static int set_capabilities(uint64_t effective, uint64_t permitted)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = effective, .permitted = permitted },
		{ .effective = effective >> 32, .permitted = permitted >> 32 },
	};

	return syscall(SYS_capset, &head, data) ? -errno : 0;
}

/* As files see this thread. The calls say who it was before, and nothing else; there is no user -1. */
static int is_nobody(void)
{
	return syscall(SYS_setfsgid, -1) == NOBODY && syscall(SYS_setfsuid, -1) == NOBODY;
}

/*
 * In one thread. Nothing but system calls: it may have been interrupted anywhere. It may have been made by one that has given up
 * already, and has what that had: then it does so again, which must not fail.
 */
static void give_up_here(void)
{
	const unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED |
				   SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	int error = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = errno;
	/* both are for whoever executes something later; where we may not, we never could */
	if (held & BIT(CAP_SETPCAP)) {
		prctl(PR_SET_SECUREBITS, bits);
		for (int i = 0; i < CAPABILITIES && !prctl(PR_CAPBSET_DROP, i); i++) {
		}
	}
	/* root's files, and the disks, are root's without any capability; for signals and in lists of processes we stay who we are */
	if (reads_as_nobody && !is_nobody()) {
		if (syscall(SYS_setgroups, 0, NULL))
			error = errno;
		syscall(SYS_setfsgid, NOBODY);
		syscall(SYS_setfsuid, NOBODY);
		if (!is_nobody())
			error = EPERM;
	}
	/* what is ambient goes with what is inheritable */
	if (set_capabilities(kept, kept))
		error = errno;
	if (ruleset >= 0 && syscall(SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0))
		error = errno;
	if (error)
		atomic_store(&failure, error);
}

/*
 * Whether bpf(2) works on what is open without a capability: before Linux 5.19 kernel.unprivileged_bpf_disabled forbids that, too. Asked
 * of no map, for which EBADF is the answer, unless one is refused before.
 */
static int needs_bpf_capability(void)
{
	union bpf_attr attr = { .map_fd = -1 };
	int is_refused;

	if (set_capabilities(0, held))
		return 1;
	is_refused = syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) && errno == EPERM;
	set_capabilities(held, held);
	return is_refused;
}

int can_nobody_read(const char *path)
{
	struct __user_cap_header_struct head = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct before[2], none[2];
	int count = getgroups(0, NULL), fd, error = 0;
	gid_t group = syscall(SYS_setfsgid, -1), *groups = calloc(count > 0 ? count : 1, sizeof(*groups));
	uid_t user = syscall(SYS_setfsuid, -1);

	if (!groups || (count = getgroups(count, groups)) < 0 || syscall(SYS_capget, &head, before) ||
	    syscall(SYS_setgroups, 0, NULL)) {
		free(groups);
		return 1;
	}
	memcpy(none, before, sizeof(none));
	none[0].effective = none[1].effective = 0;
	syscall(SYS_setfsgid, NOBODY);
	syscall(SYS_setfsuid, NOBODY);
	syscall(SYS_capset, &head, none);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		error = errno;
	else
		close(fd);
	syscall(SYS_setfsuid, user);
	syscall(SYS_capset, &head, before);
	syscall(SYS_setfsgid, group);
	syscall(SYS_setgroups, count, groups);
	free(groups);
	return error != EACCES && error != EPERM;
}

static uint64_t still_needed(void)
{
	uint64_t needed = 0;

	if (duties.reads_processes) {
		needed |= BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYSLOG);
		/* /proc/PID/map_files; the first is from Linux 5.9 */
		needed |= held & BIT(CAP_CHECKPOINT_RESTORE) ? BIT(CAP_CHECKPOINT_RESTORE) : BIT(CAP_SYS_ADMIN);
	}
	if (duties.unhooks_network)
		needed |= BIT(CAP_NET_ADMIN);
	if (needs_bpf_capability())
		needed |= held & BIT(CAP_BPF) ? BIT(CAP_BPF) : BIT(CAP_SYS_ADMIN);
	return needed & held;
}

/* Checks that no thread has a capability that is not in `kept`. Returns 0 or -EPERM. */
static int check_threads(DIR *tasks)
{
	uint64_t permitted, rest;
	struct dirent *entry;
	int error = 0;

	rewinddir(tasks);
	while (!error && (entry = readdir(tasks))) {
		pid_t tid = atoi(entry->d_name);

		if (tid && !get_capabilities(tid, &permitted, &rest) && ((permitted | rest) & ~kept))
			error = -EPERM;
	}
	return error;
}

static int filter(void)
{
	int error = filter_system_calls(&duties);

	has_filter = !error;
	/* this kernel was built without */
	return error == -EINVAL ? 0 : error;
}

/*
 * Denies access to this process, and to its children until their execve(2), to all processes
 * without CAP_SYS_PTRACE. Otherwise, once the capabilities are dropped, every process of the user
 * could copy the tracer's BPF descriptors (pidfd_getfd(2)) or attach to it (ptrace(2)). This also
 * disables core dumps.
 */
API void forbid_inspection(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* To be called once, when everything is open. Returns bits of what holds now, or -errno, with nothing certain. */
API int give_up_privileges(int reads_processes, int unhooks_network)
{
	uint64_t rest;
	DIR *tasks;
	int error = get_capabilities(0, &held, &rest);

	if (error)
		return error;
	/*
	 * All of these open files that user nobody may not be able to reach, for example because
	 * the root directory has mode 0700. The calls also cache the time zone and the clock
	 * offset: see utc_offset(), boot_clock_ahead().
	 */
	tasks = opendir("/proc/self/task");
	if (!tasks)
		return -errno;
	tzset();
	boot_clock_ahead();
	open_memory_maps();
	duties = (struct duties){ reads_processes, unhooks_network };
	kept = still_needed();
	reads_as_nobody = !reads_processes && !geteuid() && held & BIT(CAP_SETUID) && held & BIT(CAP_SETGID);
	/* under Landlock nobody can look into processes that are not */
	ruleset = reads_processes ? -1 : make_ruleset();
	error = in_all_threads(tasks, give_up_here, filter);
	/* reading as nobody cleared it */
	prctl(PR_SET_PDEATHSIG, parent_death_signal(), 0, 0, 0);
	if (ruleset >= 0)
		close(ruleset);
	if (!error)
		error = -atomic_load(&failure);
	if (!error)
		error = check_threads(tasks);
	closedir(tasks);
	if (error)
		return error;
	return (has_filter ? HAS_FILTER : 0) | (ruleset >= 0 ? HAS_RULESET : 0) | (kept ? KEEPS_CAPABILITIES : 0) |
	       (reads_as_nobody ? READS_AS_NOBODY : 0);
}
