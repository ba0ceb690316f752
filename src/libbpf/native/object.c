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

/* A relocatable BPF object, not loaded yet, or -errno. */
API int64_t object_open(const void *bytes, uint64_t size, const struct bpf_object_open_opts *options)
{
	struct bpf_object *object = bpf_object__open_mem(bytes, size, options);

	lock_as_much_as_we_may();
	return object ? (intptr_t)object : -errno;
}

/* The BTF in a file, or -errno. */
API int64_t btf_open(const char *path)
{
	struct btf *btf = btf__parse(path, NULL);

	return btf ? (intptr_t)btf : -errno;
}
