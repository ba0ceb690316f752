// SPDX-License-Identifier: MIT
/*
 * Data sections that user space may only read from then on, though the programs go on writing to
 * them. The kernel does not freeze a map that any process maps writable.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sys/mman.h>
#include <unistd.h>
#include "native.h"

static int is_writable_data(const struct bpf_map *map)
{
	uint32_t flags = bpf_map__map_flags(map);

	return bpf_map__type(map) == BPF_MAP_TYPE_ARRAY && bpf_map__is_internal(map) && flags & BPF_F_MMAPABLE &&
	       !(flags & BPF_F_RDONLY_PROG);
}

/* The mapping of a data section in whole pages; NULL: it has none. */
static void *mapping_of(const struct bpf_map *map, size_t *size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *memory = bpf_map__initial_value(map, size);

	*size = (*size + page - 1) / page * page;
	return memory;
}

/*
 * Leaves the data sections of a loaded object out of the memory of children, which would share the
 * writable mapping until they execute something. Returns 0 or -errno.
 */
API int object_hide_from_children(const struct bpf_object *object)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		size_t size;
		void *memory = is_writable_data(map) ? mapping_of(map, &size) : NULL;

		if (memory && madvise(memory, size, MADV_DONTFORK))
			return -errno;
	}
	return 0;
}

static int seal(const struct bpf_map *map)
{
	size_t size;
	void *memory = mapping_of(map, &size);

	if (!memory)
		return -EINVAL;
	/* what is mapped read-only stays so */
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
		int error = is_writable_data(map) ? seal(map) : 0;

		if (error)
			return error;
	}
	return 0;
}
