// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: looks for names of containers in a file with any bytes, as the broker does. A
 * name that is found has only the characters that runtimes allow.
 */
#include <stdlib.h>
#include <sys/mman.h>
#include "../../../src/native/core/container_files.c"

static const char id[CONTAINER_ID_BYTES + 1] =
	"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

static void require(int condition)
{
	if (!condition)
		abort();
}

static void require_plain(const struct broker_answer *answer)
{
	size_t length = strnlen(answer->text, sizeof(answer->text));

	require(length > 0 && length < sizeof(answer->text));
	require(strspn(answer->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789_.-") == length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("json", 0);
	struct broker_answer answer;
	struct json_reader reader;

	require(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	for (int way = 0; way < 3; way++) {
		int is_found;

		memset(&answer, 0x41, sizeof(answer));
		memset(&reader, 0x41, sizeof(reader));
		lseek(fd, 0, SEEK_SET);
		/* a limit within the file now and then */
		begin_json(&reader, fd, size && data[0] % 4 == 0 ? size / 2 : MAX_DOCKER_CONFIG);
		is_found = way == 1 ? find_in_list(&reader, id, NULL, &answer) :
			   way == 2 ? find_in_list(&reader, NULL, "web", &answer) :
				      find_json_member(&reader, "Name") &&
					      store_container_name(&answer, reader.text,
								   strlen(reader.text));
		if (is_found)
			require_plain(&answer);
	}
	close(fd);
	return 0;
}
