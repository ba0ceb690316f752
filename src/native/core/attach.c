// SPDX-License-Identifier: MIT
/* Programs to their hooks. What a link holds goes with it, also when we are killed. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

/* Where its section name says. Returns the link or -errno; -EOPNOTSUPP: the section name does not say. */
API int64_t attach(const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);

	return link ? (intptr_t)link : -errno;
}

/* An XDP program to a network interface. Returns a file descriptor that holds it there, or -errno. */
API int attach_xdp(const struct bpf_program *program, int ifindex, uint32_t flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = flags);
	int fd = bpf_link_create(bpf_program__fd(program), ifindex, BPF_XDP, &options);

	return fd < 0 ? -errno : fd;
}

/* Once in a second of each CPU's time, by its cycles, or where they cannot be counted, by its clock. Returns the link or -errno. */
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
	/* from here on it is the link's */
	link = bpf_program__attach_perf_event(program, fd);
	if (!link) {
		int error = errno;

		close(fd);
		return -error;
	}
	return (intptr_t)link;
}

/*
 * Classic tracepoints are found by files of tracefs, which not every machine mounts. Where it is not, we mount it for ourselves
 * alone, in a mount namespace of this thread's own: nobody else sees it, and it goes with us. Returns 0 or -errno.
 */
API int ensure_tracefs(void)
{
	/* as whom we act: access(2) would not count the capabilities of a user who is not root */
	if (!faccessat(AT_FDCWD, "/sys/kernel/tracing/events", F_OK, AT_EACCESS) ||
	    !faccessat(AT_FDCWD, "/sys/kernel/debug/tracing/events", F_OK, AT_EACCESS))
		return 0;
	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tracefs", "/sys/kernel/tracing", "tracefs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL))
		return -errno;
	return 0;
}
