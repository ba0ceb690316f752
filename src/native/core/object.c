// SPDX-License-Identifier: MIT
/* Opens objects and BTF; returns errno, since it would change before JavaScript could read it. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/resource.h>
#include "native.h"

/*
 * Raises RLIMIT_MEMLOCK to the hard limit: maps count as locked memory before Linux 5.11. libbpf
 * only tries to remove the limit, which needs a privilege.
 */
static void raise_memlock_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &limit);
}

/*
 * Opens a BPF object file from memory. libbpf puts the first 8 characters of name before the names
 * of .rodata, .data and .bss. btf_path: a file with the kernel's BTF; NULL: the running kernel's.
 * Returns a `struct bpf_object *` or -errno.
 */
API int64_t object_open(const void *bytes, uint64_t size, const char *name,
			const char *btf_path)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name,
		    .btf_custom_path = btf_path);
	struct bpf_object *object;
	int error;

	register_load_order();
	object = bpf_object__open_mem(bytes, size, &options);
	error = errno;
	raise_memlock_limit();
	return object ? (intptr_t)object : -error;
}

/* Parses a file of BTF, raw or in ELF. Returns a `struct btf *` or -errno. */
API int64_t btf_open(const char *path)
{
	struct btf *btf = btf__parse(path, NULL);

	return btf ? (intptr_t)btf : -errno;
}
