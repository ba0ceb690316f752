// SPDX-License-Identifier: MIT
/*
 * Builds and installs the seccomp filter. A refused call fails with EPERM. A call that is newer
 * than the table fails with ENOSYS, as on an older kernel, so that its callers fall back. The
 * filter compares linearly, as that of libseccomp does: since Linux 5.11 the kernel does not run it
 * for calls that it allows with any arguments.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "exporter_privileges.h"
#include "journal_writer.h"
#include "output_file.h"
#include "seccomp_table.h"

#if defined(__x86_64__)
#define NATIVE_ARCH AUDIT_ARCH_X86_64
#define LARGE_FILE 0100000 /* O_LARGEFILE, which musl adds */
#elif defined(__aarch64__)
#define NATIVE_ARCH AUDIT_ARCH_AARCH64
#define LARGE_FILE 0400000
#else
#error "the system calls of this architecture are unknown"
#endif

#define MAX_INSTRUCTIONS 1024
#define RET_DENY (SECCOMP_RET_ERRNO | EPERM)
#define RET_UNSUPPORTED (SECCOMP_RET_ERRNO | ENOSYS)

static struct sock_filter program[MAX_INSTRUCTIONS];
static size_t length;
static int brokers[2] = { -1, -1 }; /* replace BROKER_SOCKET and OPENER_SOCKET */

static void emit(uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	if (length < MAX_INSTRUCTIONS)
		program[length] = (struct sock_filter){ code, jt, jf, k };
	length++;
}

static void emit_load(size_t offset)
{
	emit(BPF_LD | BPF_W | BPF_ABS, offset, 0, 0);
}

static void emit_return(uint32_t action)
{
	emit(BPF_RET | BPF_K, action, 0, 0);
}

/* Returns an action if the loaded number compares with nr; otherwise the filter continues. */
static void emit_return_if(uint16_t op, uint32_t nr, uint32_t action)
{
	emit(BPF_JMP | BPF_K | op, nr, 0, 1);
	emit_return(action);
}

/* Refuses the call if a check fails. All supported architectures are little-endian. */
static void emit_check(const struct arg_check *check, uint32_t own_pid)
{
	emit_load(offsetof(struct seccomp_data, args) + sizeof(uint64_t) * check->arg);
	for (int i = 0; i < check->count; i++) {
		uint32_t value = check->values[i] == OWN_PID	   ? own_pid :
				 check->values[i] == BROKER_SOCKET ? (uint32_t)brokers[0] :
				 check->values[i] == OPENER_SOCKET ? (uint32_t)brokers[1] :
								     check->values[i];

		if (check->is_denied)
			emit_return_if(check->op, value, RET_DENY);
		else
			emit(BPF_JMP | BPF_K | check->op, value, check->count - i, 0);
	}
	if (!check->is_denied)
		emit_return(RET_DENY);
}

static void emit_checks(const struct arg_check *checks, size_t count)
{
	uint32_t own_pid = getpid();

	for (size_t i = 0; i < count;) {
		uint16_t nr = checks[i].nr;
		size_t jump = length;

		emit(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 0);
		for (; i < count && checks[i].nr == nr; i++)
			emit_check(&checks[i], own_pid);
		emit_return(SECCOMP_RET_ALLOW);
		if (jump < MAX_INSTRUCTIONS)
			program[jump].jf = length - jump - 1;
	}
}

static void emit_calls(const uint16_t *calls, size_t count, uint32_t action)
{
	for (size_t i = 0; i < count; i++)
		emit_return_if(BPF_JEQ, calls[i], action);
}

/*
 * Allows openat(2) with a directory that has one of the descriptors from `first` to `last`, and one
 * of two combinations of flags. Other calls continue.
 */
static void emit_openat(int first, int last, uint32_t flags, uint32_t other_flags)
{
	emit(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 9);
	emit_load(offsetof(struct seccomp_data, args[0]));
	emit(BPF_JMP | BPF_JGE | BPF_K, first, 0, 6);
	emit(BPF_JMP | BPF_JGT | BPF_K, last, 5, 0);
	emit_load(offsetof(struct seccomp_data, args[2]));
	emit(BPF_ALU | BPF_AND | BPF_K, ~LARGE_FILE, 0, 0);
	emit(BPF_JMP | BPF_JEQ | BPF_K, flags, 1, 0);
	emit(BPF_JMP | BPF_JEQ | BPF_K, other_flags, 0, 1);
	emit_return(SECCOMP_RET_ALLOW);
	emit_load(offsetof(struct seccomp_data, nr));
}

/* Begins a filter: refuses 32-bit calls, which have other numbers, and calls that are too new. */
static void begin(void)
{
	length = 0;
	emit_load(offsetof(struct seccomp_data, arch));
	emit(BPF_JMP | BPF_JEQ | BPF_K, NATIVE_ARCH, 1, 0);
	emit_return(RET_DENY);
	emit_load(offsetof(struct seccomp_data, nr));
	/* the numbers of x32 exceed it as well */
	emit_return_if(BPF_JGT, MAX_SYSCALL, RET_UNSUPPORTED);
}

/* Ends the filter and installs it. Returns 0 or -errno. */
static int install(void)
{
	/*
	 * without SPEC_ALLOW, the kernel disables speculative stores, which slows code of the JIT
	 * (before Linux 5.16)
	 */
	const unsigned int flags = SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	struct sock_fprog filter = { .filter = program };
	long result;

	emit_calls(unsupported, COUNT(unsupported), RET_UNSUPPORTED);
	emit_return(RET_DENY);
	if (length > MAX_INSTRUCTIONS)
		return -E2BIG;
	filter.len = length;
	result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter);
	/* a positive result is the id of a thread that has another filter */
	return result < 0 ? -errno : result > 0 ? -EBUSY : 0;
}

int install_seccomp_filter(const struct retain_options *options)
{
	memcpy(brokers, options->brokers, sizeof(brokers));
	begin();
	emit_checks(checks, COUNT(checks));
	/* rtnetlink receives messages as well */
	if ((brokers[0] >= 0 || brokers[1] >= 0) && !options->detaches_tc_programs)
		emit_checks(broker_socket_checks, COUNT(broker_socket_checks));
	emit_calls(allowed, COUNT(allowed), SECCOMP_RET_ALLOW);
	if (options->detaches_tc_programs) {
		emit_checks(netlink_checks, COUNT(netlink_checks));
		emit_calls(netlink_allowed, COUNT(netlink_allowed), SECCOMP_RET_ALLOW);
	}
	return install();
}

int install_broker_filter(int queries_services, struct broker_directories directories)
{
	const int segments = directories.segments, logs = directories.logs;

	begin();
	if (segments) {
		/* as create_segment() calls it: a file must be new */
		emit_openat(1, segments, NEW_FILE_FLAGS, NEW_FILE_FLAGS);
		emit_checks(segment_checks, COUNT(segment_checks));
	}
	if (logs)
		/* as open_again() calls it */
		emit_openat(segments + 1, segments + logs, FILE_FLAGS | O_NOFOLLOW, NEW_FILE_FLAGS);
	emit_checks(checks, COUNT(checks));
	emit_calls(allowed, COUNT(allowed), SECCOMP_RET_ALLOW);
	emit_calls(broker_allowed, COUNT(broker_allowed), SECCOMP_RET_ALLOW);
	if (logs)
		emit_calls(reopening_allowed, COUNT(reopening_allowed), SECCOMP_RET_ALLOW);
	if (queries_services) {
		emit_checks(nss_checks, COUNT(nss_checks));
		emit_calls(nss_allowed, COUNT(nss_allowed), SECCOMP_RET_ALLOW);
	}
	return install();
}

int install_exporter_filter(struct exporter_rights rights)
{
	begin();
	emit_checks(exporter_checks, COUNT(exporter_checks));
	if (rights.directory >= 0)
		emit_calls(directory_allowed, COUNT(directory_allowed), SECCOMP_RET_ALLOW);
	else
		emit_checks(reading_checks, COUNT(reading_checks));
	emit_calls(allowed, COUNT(allowed), SECCOMP_RET_ALLOW);
	if (rights.serves)
		emit_calls(serving_allowed, COUNT(serving_allowed), SECCOMP_RET_ALLOW);
	if (rights.port) {
		emit_checks(connecting_checks, COUNT(connecting_checks));
		emit_calls(connecting_allowed, COUNT(connecting_allowed), SECCOMP_RET_ALLOW);
	}
	return install();
}

int install_journal_filter(void)
{
	begin();
	emit_checks(journal_checks, COUNT(journal_checks));
	emit_calls(journal_allowed, COUNT(journal_allowed), SECCOMP_RET_ALLOW);
	return install();
}
