// SPDX-License-Identifier: MIT
/*
 * Data sections that user space may only read from then on, though the programs go on writing to
 * them.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>
#include "native.h"

static int seal(const struct bpf_map *map)
{
	size_t size, page = sysconf(_SC_PAGESIZE);
	void *memory = bpf_map__initial_value(map, &size);

	if (!memory)
		return -EINVAL;
	/* a map that is mapped writable cannot be frozen, and what is mapped read-only stays so */
	size = (size + page - 1) / page * page;
	if (mmap(memory, size, PROT_READ, MAP_SHARED | MAP_FIXED, bpf_map__fd(map), 0) == MAP_FAILED)
		return -errno;
	return bpf_map_freeze(bpf_map__fd(map));
}

/*
 * Takes user space's right to write to .bss, .data and their kind, of a loaded object, for good.
 * Returns 0 or -errno.
 */
API int object_seal(const struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		uint32_t flags = bpf_map__map_flags(map);
		int error;

		if (bpf_map__type(map) != BPF_MAP_TYPE_ARRAY || !bpf_map__is_internal(map) || !(flags & BPF_F_MMAPABLE) ||
		    flags & BPF_F_RDONLY_PROG)
			continue;
		error = seal(map);
		if (error)
			return error;
	}
	return 0;
}
