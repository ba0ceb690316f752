// SPDX-License-Identifier: MIT
/* Reads and empties whole maps. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "native.h"

/*
 * Copies the entries after `key` to `to`, as many as fit, each value after its key, and stores
 * the last key in `key` for the next call. is_first: starts with the first entry. Returns the
 * number of entries, 0 at the end, or -errno. If `key` was deleted meanwhile, the kernel starts
 * over, so the caller has to limit the number of calls.
 */
API int64_t map_read(int fd, uint8_t *key, uint32_t key_size, uint32_t value_size, int is_first,
		     void *to, uint32_t capacity)
{
	uint32_t size = key_size + value_size, count = 0;
	uint8_t *next = malloc(key_size), *entry = to;
	int error = 0;

	if (!next)
		return -ENOMEM;
	for (; (uint64_t)(count + 1) * size <= capacity; is_first = 0) {
		if (bpf_map_get_next_key(fd, is_first ? NULL : key, next)) {
			if (errno != ENOENT)
				error = -errno;
			break;
		}
		memcpy(key, next, key_size);
		/* fails if the key was deleted meanwhile */
		if (bpf_map_lookup_elem(fd, key, entry + key_size))
			continue;
		memcpy(entry, key, key_size);
		entry += size;
		count++;
	}
	free(next);
	return count ? count : error;
}

/* Deletes up to max_entries keys; keys that are added meanwhile may remain. */
API void map_clear(int fd, uint32_t key_size, uint32_t max_entries)
{
	void *key = malloc(key_size);

	for (uint32_t i = 0; key && i < max_entries && !bpf_map_get_next_key(fd, NULL, key); i++)
		if (bpf_map_delete_elem(fd, key))
			break;
	free(key);
}
