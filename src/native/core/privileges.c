// SPDX-License-Identifier: MIT
/*
 * Drops what the tracer no longer needs once its programs are attached, in all threads and for
 * good. The tracer decodes records that contain data of other processes, so an attacker who takes
 * it over must find no privileges.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include "core.h"
#include "privileges.h"

#define BIT(capability) (1ULL << (capability))

#define SECUREBITS                                                                              \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                         \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE | \
	 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

/* The result of drop_privileges(): bits that src/system/privileges.ts has as well. */
enum { HAS_SECCOMP = 1, HAS_LANDLOCK = 2, RETAINS_CAPABILITIES = 4, READS_AS_NOBODY = 8 };

static struct retain_options options;
static struct capabilities before;
static uint64_t retained;
static int ruleset, has_seccomp, reads_as_nobody;
static atomic_int thread_error;

/* Returns true if fsuid and fsgid are NOBODY: both calls return the old id, and -1 changes none. */
static int is_fs_nobody(void)
{
	return syscall(SYS_setfsgid, -1) == NOBODY && syscall(SYS_setfsuid, -1) == NOBODY;
}

/*
 * Drops the privileges of one thread. Makes system calls only, since it runs in a signal handler. A
 * thread may have inherited the dropped state, so each step must succeed a second time.
 */
static void drop_in_this_thread(void)
{
	const struct capabilities set = { retained, retained, 0 };
	int error = 0;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		error = errno;
	/* these matter only for an execve(2), and without CAP_SETPCAP both are refused */
	if (before.permitted & BIT(CAP_SETPCAP)) {
		prctl(PR_SET_SECUREBITS, SECUREBITS);
		for (int i = 0; i < 64 && !prctl(PR_CAPBSET_DROP, i); i++) {
		}
	}
	/*
	 * root owns files and disks even without capabilities; signals and lists of processes use
	 * the other ids, which stay
	 */
	if (reads_as_nobody && !is_fs_nobody()) {
		if (syscall(SYS_setgroups, 0, NULL))
			error = errno;
		syscall(SYS_setfsgid, NOBODY);
		syscall(SYS_setfsuid, NOBODY);
		if (!is_fs_nobody())
			error = EPERM;
	}
	/* this also clears the ambient capabilities, since it clears the inheritable ones */
	if (set_capabilities(&set))
		error = errno;
	if (ruleset >= 0 && syscall(SYS_landlock_restrict_self, ruleset, 0))
		error = errno;
	if (error)
		atomic_store(&thread_error, error);
}

/*
 * Returns true if bpf(2) refuses open maps to a process without capabilities: before Linux 5.19,
 * kernel.unprivileged_bpf_disabled applies to them as well. Tries it with a wrong descriptor, for
 * which the error is EBADF otherwise.
 */
static int needs_bpf_capability(void)
{
	const struct capabilities none = { 0, before.permitted, 0 };
	const struct capabilities all = { before.permitted, before.permitted, 0 };
	union bpf_attr attr = { .map_fd = -1 };
	int is_refused;

	if (set_capabilities(&none))
		return 1;
	is_refused = syscall(SYS_bpf, BPF_MAP_LOOKUP_ELEM, &attr, sizeof(attr)) && errno == EPERM;
	set_capabilities(&all);
	return is_refused;
}

/* Returns a capability if the tracer has it, and otherwise CAP_SYS_ADMIN, which includes it. */
static uint64_t bit_or_admin(int capability)
{
	return before.permitted & BIT(capability) ? BIT(capability) : BIT(CAP_SYS_ADMIN);
}

static uint64_t capabilities_to_retain(void)
{
	uint64_t set = 0;

	if (options.reads_processes)
		set |= BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_SYSLOG) |
		       bit_or_admin(CAP_CHECKPOINT_RESTORE); /* /proc/PID/map_files */
	if (options.detaches_tc_programs)
		set |= BIT(CAP_NET_ADMIN);
	if (needs_bpf_capability())
		set |= bit_or_admin(CAP_BPF);
	return set & before.permitted;
}

static int install_filter(void)
{
	int error = install_seccomp_filter(&options);

	has_seccomp = !error;
	/* this kernel was built without seccomp */
	return error == -EINVAL ? 0 : error;
}

/*
 * Denies ptrace(2) and pidfd_getfd(2) on this process, and on its children until their execve(2),
 * to processes without CAP_SYS_PTRACE. Once the capabilities are dropped, every process of the user
 * could otherwise copy the BPF descriptors. Also disables core dumps.
 */
API void forbid_inspection(void)
{
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/*
 * Drops the privileges of all threads; called once, when everything is open. Returns HAS_* and the
 * other bits, or -errno: then some threads may have dropped their privileges and others not.
 */
API int drop_privileges(int reads_processes, int detaches_tc_programs)
{
	DIR *tasks;
	int error = get_capabilities(0, &before);

	if (error)
		return error;
	/*
	 * These calls open files that user nobody may be unable to reach, for example because the
	 * root directory has mode 0700. They also cache the time zone and the clock offset: see
	 * utc_offset(), boottime_offset().
	 */
	tasks = opendir("/proc/self/task");
	if (!tasks)
		return -errno;
	/* Landlock denies ptrace access to processes outside of its domain, and so /proc/PID/mem */
	ruleset = reads_processes ? NO_LANDLOCK : create_landlock_ruleset();
	if (ruleset < 0 && ruleset != NO_LANDLOCK) {
		closedir(tasks);
		return ruleset;
	}
	tzset();
	boottime_offset();
	prepare_page_release();
	options = (struct retain_options){ reads_processes, detaches_tc_programs,
					   { broker_socket(0), broker_socket(1) } };
	retained = capabilities_to_retain();
	reads_as_nobody = !reads_processes && !geteuid() && before.permitted & BIT(CAP_SETUID) &&
			  before.permitted & BIT(CAP_SETGID);
	error = run_on_all_threads(tasks, drop_in_this_thread, install_filter);
	/* the change of the fsuid has cleared it */
	prctl(PR_SET_PDEATHSIG, parent_death_signal(), 0, 0, 0);
	if (ruleset >= 0)
		close(ruleset);
	if (!error)
		error = -atomic_load(&thread_error);
	if (!error)
		error = check_capabilities(tasks, retained);
	closedir(tasks);
	if (error)
		return error;
	return (has_seccomp ? HAS_SECCOMP : 0) | (ruleset >= 0 ? HAS_LANDLOCK : 0) |
	       (retained ? RETAINS_CAPABILITIES : 0) | (reads_as_nobody ? READS_AS_NOBODY : 0);
}
