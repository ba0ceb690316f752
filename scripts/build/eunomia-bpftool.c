// SPDX-License-Identifier: MIT
/*
 * Replaces the fork of bpftool that ecc runs. The fork prints JSON in two sub-commands, which the
 * published bpftool cannot:
 *   bpftool gen skeleton FILE -j
 *   bpftool btf dump file FILE format c -j
 * scripts/build/eunomia-tools.sh builds it into the ecc of the tests.
 */
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_to_stdout(void *ctx, const char *format, va_list args)
{
	(void)ctx;
	vprintf(format, args);
}

static int print_warnings(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, format, args) : 0;
}

static void print_json(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = *text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < 0x20)
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_type(struct btf_dump *dump, __u32 id)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, options, .field_name = "", .strip_mods = true);

	putchar('"');
	if (btf_dump__emit_type_decl(dump, id, &options))
		exit(1);
	putchar('"');
}

/*
 * Returns the identifier of a map in a skeleton: "rodata" for "exitsnoo.rodata", and NULL for maps
 * of sections such as .rodata.str1.1.
 */
static const char *identifier(const struct bpf_map *map)
{
	const char *name = bpf_map__name(map), *dot = strchr(name, '.');

	if (!bpf_map__is_internal(map))
		return name;
	return dot && !strchr(dot + 1, '.') ? dot + 1 : NULL;
}

static bool is_mapped(const struct bpf_map *map)
{
	return bpf_map__is_internal(map) && bpf_map__map_flags(map) & BPF_F_MMAPABLE;
}

static bool is_section_mapped(const struct bpf_object *object, const char *section)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object)
		if (is_mapped(map) && identifier(map) && !strcmp(identifier(map), section + 1))
			return true;
	return false;
}

static void print_variables(const struct btf *btf, struct btf_dump *dump,
			    const struct btf_type *section)
{
	const char *comma = "";

	for (int i = 0; i < btf_vlen(section); i++) {
		const struct btf_var_secinfo *at = btf_var_secinfos(section) + i;
		const struct btf_type *variable = btf__type_by_id(btf, at->type);

		if (btf_var(variable)->linkage == BTF_VAR_STATIC)
			continue;
		printf("%s{\"name\":", comma);
		print_json(btf__name_by_offset(btf, variable->name_off));
		printf(",\"size\":%u,\"offset\":%u,\"type\":", at->size, at->offset);
		print_type(dump, variable->type);
		putchar('}');
		comma = ",";
	}
}

static int skeleton(const char *file)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	char path[4096], name[64], *end;
	const char *comma = "";
	struct bpf_object *object;
	struct bpf_program *program;
	struct btf_dump *dump;
	struct bpf_map *map;
	struct btf *btf;

	snprintf(path, sizeof(path), "%s", file);
	snprintf(name, sizeof(name), "%s", basename(path));
	end = strrchr(name, '.');
	if (end && !strcmp(end, ".o"))
		*end = 0;
	for (char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '_')
			*c = '_';
	options.object_name = name;
	object = bpf_object__open_file(file, &options);
	if (!object) {
		fprintf(stderr, "%s: %s\n", file, strerror(errno));
		return 1;
	}
	btf = bpf_object__btf(object);
	dump = btf ? btf_dump__new(btf, print_to_stdout, NULL, NULL) : NULL;
	printf("{\"data_sections\":[");
	for (__u32 i = 1; dump && i < btf__type_cnt(btf); i++) {
		const struct btf_type *section = btf__type_by_id(btf, i);
		const char *section_name = btf__name_by_offset(btf, section->name_off);

		if (!btf_is_datasec(section) || section_name[0] != '.' ||
		    !is_section_mapped(object, section_name))
			continue;
		printf("%s{\"name\":", comma);
		print_json(section_name);
		printf(",\"variables\":[");
		print_variables(btf, dump, section);
		printf("]}");
		comma = ",";
	}
	printf("],\"maps\":[");
	comma = "";
	bpf_object__for_each_map(map, object) {
		if (!identifier(map))
			continue;
		printf("%s{\"name\":", comma);
		print_json(bpf_map__name(map));
		printf(",\"ident\":");
		print_json(identifier(map));
		printf("%s}", is_mapped(map) ? ",\"mmaped\":true" : "");
		comma = ",";
	}
	printf("],\"progs\":[");
	comma = "";
	bpf_object__for_each_program(program, object) {
		printf("%s{\"name\":", comma);
		print_json(bpf_program__name(program));
		printf(",\"attach\":");
		print_json(bpf_program__section_name(program));
		printf(",\"link\":true}");
		comma = ",";
	}
	printf("],\"obj_name\":");
	print_json(name);
	puts("}");
	return 0;
}

static int structs(const char *file)
{
	struct btf *btf = btf__parse(file, NULL);
	struct btf_dump *dump = btf ? btf_dump__new(btf, print_to_stdout, NULL, NULL) : NULL;
	const char *comma = "";

	if (!dump) {
		fprintf(stderr, "%s: no BTF: %s\n", file, strerror(errno));
		return 1;
	}
	printf("{\"structs\":[");
	for (__u32 i = 1; i < btf__type_cnt(btf); i++) {
		const struct btf_type *type = btf__type_by_id(btf, i);
		const struct btf_member *member = btf_members(type);

		if (!btf_is_struct(type))
			continue;
		printf("%s{\"name\":", comma);
		print_json(btf__name_by_offset(btf, type->name_off));
		printf(",\"type_id\":%u,\"size\":%u,\"members\":[", i, type->size);
		for (int k = 0; k < btf_vlen(type); k++, member++) {
			const struct btf_type *its = btf__type_by_id(btf, member->type);

			printf("%s{\"name\":", k ? "," : "");
			print_json(btf__name_by_offset(btf, member->name_off));
			printf(",\"type\":");
			/* btf_dump prints an anonymous type with its members */
			if ((btf_is_composite(its) || btf_is_any_enum(its)) && !its->name_off)
				print_json(btf_is_struct(its) ? "struct" :
					   btf_is_union(its) ? "union" : "enum");
			else
				print_type(dump, member->type);
			putchar('}');
		}
		printf("]}");
		comma = ",";
	}
	puts("]}");
	return 0;
}

int main(int argc, char **argv)
{
	libbpf_set_print(print_warnings);
	if (argc >= 4 && !strcmp(argv[1], "gen") && !strcmp(argv[2], "skeleton"))
		return skeleton(argv[3]);
	if (argc >= 5 && !strcmp(argv[1], "btf") && !strcmp(argv[2], "dump") &&
	    !strcmp(argv[3], "file"))
		return structs(argv[4]);
	fprintf(stderr, "this bpftool has two sub-commands: gen skeleton, btf dump file\n");
	return 2;
}
