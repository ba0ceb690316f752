// SPDX-License-Identifier: MIT
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include "native.h"

/*
 * Whether the kernel runs BPF programs at our call, and shows them its symbols: since Linux 5.16. Of programs that it does not know at
 * all libbpf takes it for granted that they may call every helper, so that is asked first.
 */
API int can_run(void)
{
	return libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_SYSCALL, NULL) == 1 &&
	       libbpf_probe_bpf_helper(BPF_PROG_TYPE_SYSCALL, BPF_FUNC_kallsyms_lookup_name, NULL) == 1;
}

/* Runs a loaded program of that kind, here and now. 0 or -errno. */
API int run(const struct bpf_program *program)
{
	LIBBPF_OPTS(bpf_test_run_opts, options);

	return bpf_prog_test_run_opts(bpf_program__fd(program), &options);
}
