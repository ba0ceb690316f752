// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: checks records of any bytes, as the journal writer does. One that passes is
 * read again as journald reads it: each of its fields is one of exitsnoop.
 */
#include <stdlib.h>
#include "../../../src/native/core/journal_writer.c"

static void require(int condition)
{
	if (!condition)
		abort();
}

/* Requires a name that journald takes from anyone, and that is not one of another program. */
static void require_name(const char *name, size_t length)
{
	require(length > 0 && length <= 64 && *name >= 'A' && *name <= 'Z');
	for (size_t i = 0; i < length; i++)
		require(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", name[i]) && name[i]);
	require(!memcmp(name, "EXITSNOOP_", length < 10 ? length : 10) ||
		!memcmp(name, "MESSAGE", length < 7 ? length : 7) || !memcmp(name, "PRIORITY", 8) ||
		!memcmp(name, "OBJECT_SYSTEMD_", 15));
}

static void require_own(const char *record, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t end = at;

		while (record[end] != '=' && record[end] != '\n')
			require(++end < size);
		require_name(record + at, end - at);
		if (record[end] == '=') {
			while (record[end] != '\n')
				require(++end < size);
			at = end + 1;
		} else {
			uint64_t bytes;

			require(size - end > sizeof(bytes) + 1);
			memcpy(&bytes, record + end + 1, sizeof(bytes));
			require(bytes < size);
			end += 1 + sizeof(bytes) + bytes;
			require(end < size && record[end] == '\n');
			at = end + 1;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* of the exact size, so that a read beyond it is found */
	char *bytes = malloc(size);

	memcpy(bytes, data, size);
	if (is_own_record(bytes, bytes + size))
		require_own(bytes, size);
	free(bytes);
	return 0;
}
