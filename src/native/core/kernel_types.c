// SPDX-License-Identifier: MIT
/*
 * Loads the running kernel's BTF once for both of its uses: btf_subset.c selects types from it, and
 * libbpf finds the target of tp_btf programs in it. A second thread can load it beside the rest of
 * the start-up: libbpf checks each of some 130,000 types, which takes 3 ms.
 */
#include <bpf/btf.h>
#include <errno.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

static struct btf *types;	/* NULL: not loaded, or given to libbpf */
static int is_started, is_done;	/* is_done: a futex */

static void *load(void *unused)
{
	types = btf__load_vmlinux_btf();
	__atomic_store_n(&is_done, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &is_done, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	return unused;
}

/* Starts to load the types in a second thread, if that can run beside this one. */
API void preload_kernel_types(void)
{
	if (!is_started && !types)
		is_started = has_second_cpu() && !start_thread(load);
}

static void wait_for_thread(void)
{
	while (is_started && !__atomic_load_n(&is_done, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &is_done, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	is_started = 0;
	is_done = 0;
}

/*
 * Returns the types, which stay valid until an object is loaded, or NULL with errno. What the
 * thread could not load is loaded again, so that libbpf's messages are kept.
 */
const struct btf *kernel_types(void)
{
	wait_for_thread();
	if (!types)
		types = btf__load_vmlinux_btf();
	return types;
}

/* Returns the types like btf__load_vmlinux_btf(): the caller owns them. For libbpf. */
struct btf *take_kernel_types(void)
{
	struct btf *taken = (struct btf *)kernel_types();

	types = NULL;
	return taken;
}
