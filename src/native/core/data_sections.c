// SPDX-License-Identifier: MIT
/* Makes data sections read-only for user space, while the programs continue to write to them. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sys/mman.h>
#include "native.h"

static int is_writable_data(const struct bpf_map *map)
{
	uint32_t flags = bpf_map__map_flags(map);

	return bpf_map__type(map) == BPF_MAP_TYPE_ARRAY && bpf_map__is_internal(map) &&
	       flags & BPF_F_MMAPABLE && !(flags & BPF_F_RDONLY_PROG);
}

/*
 * Calls a function with the mapping and the descriptor of each writable data section until a call
 * fails. Returns 0 or -errno.
 */
static int for_each_section(const struct bpf_object *object,
			    int (*function)(void *memory, size_t size, int fd))
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, object) {
		size_t size;
		void *memory = bpf_map__initial_value(map, &size);

		if (!error && memory && is_writable_data(map))
			error = function(memory, size, bpf_map__fd(map));
	}
	return error;
}

static int exclude_from_fork(void *memory, size_t size, int fd)
{
	(void)fd;
	return madvise(memory, size, MADV_DONTFORK) ? -errno : 0;
}

/*
 * Keeps the writable mappings of a loaded object's data sections out of children, which would have
 * them until their execve(2). Returns 0 or -errno.
 */
API int object_exclude_data_from_fork(const struct bpf_object *object)
{
	return for_each_section(object, exclude_from_fork);
}

/* Replaces the writable mapping first, for which the kernel would refuse to freeze the map. */
static int freeze(void *memory, size_t size, int fd)
{
	if (mmap(memory, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) == MAP_FAILED)
		return -errno;
	return bpf_map_freeze(fd);
}

/*
 * Makes .bss, .data and similar sections of a loaded object read-only for user space, for good.
 * Returns 0 or -errno.
 */
API int object_freeze_data(const struct bpf_object *object)
{
	return for_each_section(object, freeze);
}
