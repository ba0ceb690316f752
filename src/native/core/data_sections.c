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

	return bpf_map__type(map) == BPF_MAP_TYPE_ARRAY && bpf_map__is_internal(map) &&
	       flags & BPF_F_MMAPABLE && !(flags & BPF_F_RDONLY_PROG);
}

/* Returns the mapping of a data section, or NULL, and its size in whole pages. */
static void *mapping_of(const struct bpf_map *map, size_t *size)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *memory = bpf_map__initial_value(map, size);

	*size = (*size + page - 1) / page * page;
	return memory;
}

/* Calls a function for each data section until one fails. Returns 0 or -errno. */
static int for_each_section(const struct bpf_object *object,
			    int (*function)(const struct bpf_map *))
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, object)
		if (!error && is_writable_data(map))
			error = function(map);
	return error;
}

static int exclude_from_fork(const struct bpf_map *map)
{
	size_t size;
	void *memory = mapping_of(map, &size);

	return memory && madvise(memory, size, MADV_DONTFORK) ? -errno : 0;
}

/*
 * Keeps the data sections of a loaded object out of the memory of children, which would share the
 * writable mapping until their execve(2). Returns 0 or -errno.
 */
API int object_exclude_data_from_fork(const struct bpf_object *object)
{
	return for_each_section(object, exclude_from_fork);
}

static int freeze(const struct bpf_map *map)
{
	size_t size;
	void *memory = mapping_of(map, &size);
	int fd = bpf_map__fd(map);

	if (!memory)
		return -EINVAL;
	/* a read-only mapping stays read-only */
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
