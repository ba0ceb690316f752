// SPDX-License-Identifier: MIT
/* Runs BPF programs of the type BPF_PROG_TYPE_SYSCALL. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>
#include "native.h"

/*
 * Returns true if the kernel has such programs (5.14) with bpf_kallsyms_lookup_name() (5.16). Tests
 * the type first, since libbpf reports every helper as supported for an unknown type.
 */
API int supports_syscall_programs(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SYSCALL, NULL) == 1 &&
	       libbpf_probe_bpf_helper(BPF_PROG_TYPE_SYSCALL, BPF_FUNC_kallsyms_lookup_name,
				       NULL) == 1;
}

/* Runs a loaded program once, in this process's context. Returns 0 or -errno. */
API int run_syscall_program(const struct bpf_program *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	return bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}

/*
 * Runs a program of a prepared object before libbpf loads it. @param btf_fd of the object.
 * Returns 0 or -errno.
 */
int run_prepared(const struct bpf_program *program, int btf_fd)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);
	int error, fd = load_prepared(program, btf_fd, BPF_F_SLEEPABLE);

	if (fd < 0)
		return fd;
	error = bpf_prog_test_run_opts(fd, &options);
	close(fd);
	return error;
}
