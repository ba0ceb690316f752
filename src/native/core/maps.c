// SPDX-License-Identifier: MIT
/* Maps as a whole. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "native.h"

/*
 * Reads on in a map: as many keys, each with its value behind it, as fit into to. key: where to go on, of key_size bytes; it moves
 * along. is_first: from the beginning, whatever key holds. Returns how many there are, 0 at the end, or -errno. A key that is
 * deleted meanwhile may send us back to the beginning: whoever calls knows how many there can be.
 */
API int64_t map_read(int fd, void *key, uint32_t key_size, uint32_t value_size, int is_first, uint8_t *to,
		     uint32_t capacity)
{
	uint32_t size = key_size + value_size, count = 0;
	uint8_t *next = malloc(key_size);
	int64_t result;

	if (!next)
		return -ENOMEM;
	while ((uint64_t)(count + 1) * size <= capacity) {
		if (bpf_map_get_next_key(fd, is_first ? NULL : key, next)) {
			if (errno != ENOENT && !count) {
				result = -errno;
				free(next);
				return result;
			}
			break;
		}
		is_first = 0;
		memcpy(key, next, key_size);
		/* it may be gone already */
		if (bpf_map_lookup_elem(fd, key, to + (uint64_t)count * size + key_size))
			continue;
		memcpy(to + (uint64_t)count * size, key, key_size);
		count++;
	}
	free(next);
	return count;
}

/* Deletes all keys, those that come meanwhile perhaps not. at_most: how many there can be. */
API void map_clear(int fd, uint32_t key_size, uint32_t at_most)
{
	void *key = malloc(key_size);

	for (uint32_t i = 0; key && i < at_most && !bpf_map_get_next_key(fd, NULL, key); i++)
		if (bpf_map_delete_elem(fd, key))
			break;
	free(key);
}
