// SPDX-License-Identifier: MIT
/* The names of BPF helpers, program types and map types, empty if a number is unknown. */
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "native.h"

#define NAME(name, number, ...) [number] = "bpf_" #name,
static const char *const helpers[] = { ___BPF_FUNC_MAPPER(NAME) };

API const char *helper_name(uint32_t number)
{
	const char *name = number < sizeof(helpers) / sizeof(*helpers) ? helpers[number] : NULL;

	return name ? name : "";
}

API const char *program_type_name(uint32_t type)
{
	const char *name = libbpf_bpf_prog_type_str(type);

	return name ? name : "";
}

API const char *map_type_name(uint32_t type)
{
	const char *name = libbpf_bpf_map_type_str(type);

	return name ? name : "";
}
