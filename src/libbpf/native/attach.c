// SPDX-License-Identifier: MIT
#include <bpf/libbpf.h>
#include <errno.h>
#include "native.h"

/* libbpf leaves the reason in errno, which would not survive the way back into JavaScript. A link or -errno. */
API int64_t attach(const struct bpf_program *program)
{
	struct bpf_link *link = bpf_program__attach(program);

	return link ? (intptr_t)link : -errno;
}
