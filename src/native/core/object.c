// SPDX-License-Identifier: MIT
/* What libbpf tells by errno alone, which is somebody else's by the time that JavaScript could look at it. */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/resource.h>
#include "native.h"

/* Before Linux 5.11 maps count as locked memory, and libbpf only tries to have no limit at all; up to the hard one anybody may go. */
static void lock_as_much_as_we_may(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_MEMLOCK, &limit) || limit.rlim_cur >= limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_MEMLOCK, &limit);
}

/*
 * Opens a relocatable BPF object; libbpf names the maps of .rodata and its kind after the first 8 characters of name. types: a file with
 * the kernel's, or NULL: where the running kernel has them. Or -errno.
 */
API int64_t object_open(const void *bytes, uint64_t size, const char *name, const char *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name, .btf_custom_path = types);
	struct bpf_object *object = bpf_object__open_mem(bytes, size, &options);
	int error = errno;

	lock_as_much_as_we_may();
	return object ? (intptr_t)object : -error;
}

/* The BTF in a file, or -errno. */
API int64_t btf_open(const char *path)
{
	struct btf *btf = btf__parse(path, NULL);

	return btf ? (intptr_t)btf : -errno;
}
