// SPDX-License-Identifier: MIT
#include <bpf/libbpf.h>
#include <errno.h>
#include "native.h"

/* Opens a relocatable BPF object; libbpf names the maps of .rodata and its kind after the first 8 characters of name. Or -errno. */
API int64_t object_open(const void *bytes, uint64_t size, const char *name, const char *types)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = name, .btf_custom_path = types);
	struct bpf_object *object = bpf_object__open_mem(bytes, size, &options);

	return object ? (intptr_t)object : -errno;
}
