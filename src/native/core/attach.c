// SPDX-License-Identifier: MIT
/* Attaches programs by links: the end of the process closes them and detaches the programs. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

/*
 * Attaches a program to the hook in its section name. Returns a `struct bpf_link *` or -errno;
 * -EOPNOTSUPP if the section name has none.
 */
API int64_t attach(const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);

	return link ? (intptr_t)link : -errno;
}

/* Attaches an XDP program to a network interface. Returns the link's descriptor or -errno. */
API int attach_xdp(const struct bpf_program *program, int ifindex, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(bpf_program__fd(program), ifindex, BPF_XDP, &options);

	return fd < 0 ? -errno : fd;
}

/*
 * Runs a program about once a second on a CPU: by the cycle counter, which stands still while the
 * CPU is idle, or by the CPU clock if there is no cycle counter. Returns a `struct bpf_link *` or
 * -errno.
 */
API int64_t attach_perf_event(const struct bpf_program *program, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_HARDWARE,
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.freq = 1,
		.sample_freq = 1,
	};
	struct bpf_link *link;
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == EOPNOTSUPP || errno == EINVAL)) {
		attr.type = PERF_TYPE_SOFTWARE;
		attr.config = PERF_COUNT_SW_CPU_CLOCK;
		fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
	}
	if (fd < 0)
		return -errno;
	/* takes over fd if it succeeds */
	link = bpf_program__attach_perf_event(program, fd);
	if (!link) {
		int error = errno;

		close(fd);
		return -error;
	}
	return (intptr_t)link;
}

/*
 * Mounts tracefs, in which libbpf looks up tracepoints, if it is not mounted. The mount is in a
 * namespace of this thread: other processes do not see it, and it ends with this one. Returns 0 or
 * -errno.
 */
API int ensure_tracefs(void)
{
	/* AT_EACCESS: access(2) would ignore the capabilities of a user who is not root */
	if (!faccessat(AT_FDCWD, "/sys/kernel/tracing/events", F_OK, AT_EACCESS) ||
	    !faccessat(AT_FDCWD, "/sys/kernel/debug/tracing/events", F_OK, AT_EACCESS))
		return 0;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", "/sys/kernel/tracing", "tracefs",
		  MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return -errno;
	return 0;
}
