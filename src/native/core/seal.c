// SPDX-License-Identifier: MIT
/*
 * Makes data sections read-only for user space, while the programs continue to write to them. The
 * kernel refuses to freeze a map that a process maps writable.
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

/* Returns the mapping of a data section and its size in whole pages; NULL: it has none. */
static void *mapping_of(const struct bpf_map *map, size_t *size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *memory = bpf_map__initial_value(map, size);

	*size = (*size + page - 1) / page * page;
	return memory;
}

/*
 * Keeps the data sections of a loaded object out of the memory of children, which would share the
 * writable mapping until their execve(2). Returns 0 or -errno.
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
	/* a read-only mapping stays read-only */
	if (mmap(memory, size, PROT_READ, MAP_SHARED | MAP_FIXED, bpf_map__fd(map), 0) == MAP_FAILED)
		return -errno;
	return bpf_map_freeze(bpf_map__fd(map));
}

/*
 * Gives up the right of user space to write to .bss, .data and similar sections of a loaded object,
 * for good. Returns 0 or -errno.
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
