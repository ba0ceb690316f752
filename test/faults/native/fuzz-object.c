// SPDX-License-Identifier: MIT
/* libFuzzer target: opens an object with libbpf and libelf, without loading it. */
#include <stddef.h>
#include <string.h>
#include "core.h"

volatile size_t sink;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	log_open(0);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bpf_program *program;
	struct bpf_map *map;
	int64_t opened = object_open(data, size, "fuzz", NULL);
	struct bpf_object *object = (struct bpf_object *)(intptr_t)opened;
	size_t sum = 0;

	if (opened < 0)
		return 0;
	bpf_object__for_each_map(map, object) {
		size_t bytes = 0;
		const char *path = bpf_map__pin_path(map);
		const uint8_t *value = bpf_map__initial_value(map, &bytes);

		sum += strlen(bpf_map__name(map)) + (path ? strlen(path) : 0) +
		       strlen(map_type_name(bpf_map__type(map)));
		sum += value && bytes ? value[0] + value[bytes - 1] : 0;
	}
	bpf_object__for_each_program(program, object)
		sum += strlen(bpf_program__name(program)) + strlen(bpf_program__section_name(program)) +
		       strlen(program_type_name(bpf_program__type(program)));
	bpf_object__close(object);
	/* keeps the compiler from removing the reads */
	sink = sum;
	return 0;
}
