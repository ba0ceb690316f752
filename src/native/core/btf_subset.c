// SPDX-License-Identifier: MIT
/*
 * The kernel's types, as far as an object asks for them. For each type that its relocations name, libbpf goes through all of the
 * kernel's, some 130,000; so it is given a BTF of those few alone, found in one go, with what they consist of.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
/* btf_field_iter, which knows where each kind of type refers to others; bpftool takes it from there, too */
#include <bpf/libbpf_internal.h>
#include "native.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define NAME_SLOTS 4096		/* a table that stays three quarters empty is quickly searched */
#define MOST_NAMES (NAME_SLOTS / 4)
#define MOST_MODIFIERS 64
#define HOLLOW_STRUCT 1		/* the first two of the new BTF have neither name nor member */
#define HOLLOW_UNION 2

struct choice {
	const struct btf *kernel, *object;
	uint32_t named[NAME_SLOTS];	/* the object's types by their names; 0: free */
	uint32_t *id_of;		/* in the new BTF, by the kernel's; 0: not there */
	uint32_t *chosen;		/* the kernel's, by the one in the new BTF */
	uint32_t count;			/* of chosen, which begins at 1 */
};

/* NULL where they go round in circles, as in a file that somebody has tampered with. */
static const struct btf_type *skip_modifiers(const struct btf *btf, const struct btf_type *type)
{
	for (int i = 0; i < MOST_MODIFIERS && type; i++) {
		if (!btf_is_mod(type) && !btf_is_typedef(type))
			return type;
		type = btf__type_by_id(btf, type->type);
	}
	return NULL;
}

static const char *name_of(const struct btf *btf, const struct btf_type *type)
{
	const char *name = btf__name_by_offset(btf, type->name_off);

	return name ? name : "";
}

static int has_name_to_ask_for(const struct btf_type *type)
{
	return type->name_off && (btf_is_int(type) || btf_is_float(type) || btf_is_composite(type) || btf_is_any_enum(type) ||
				  btf_is_fwd(type) || btf_is_typedef(type));
}

/* The place of that name without its flavour, as libbpf calls it: task_struct___old is task_struct. Free where nobody has it. */
static uint32_t *slot_of(struct choice *choice, const char *name)
{
	size_t length = bpf_core_essential_name_len(name);
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	for (uint32_t at = hash;; at++) {
		uint32_t *slot = &choice->named[at % NAME_SLOTS];
		const char *other;

		if (!*slot)
			return slot;
		other = name_of(choice->object, btf__type_by_id(choice->object, *slot));
		if (bpf_core_essential_name_len(other) == length && !memcmp(other, name, length))
			return slot;
	}
}

static int collect_names(struct choice *choice)
{
	uint32_t names = 0;

	for (uint32_t id = 1; id < btf__type_cnt(choice->object); id++) {
		const struct btf_type *type = btf__type_by_id(choice->object, id);
		uint32_t *slot;

		if (!has_name_to_ask_for(type))
			continue;
		slot = slot_of(choice, name_of(choice->object, type));
		if (!*slot && ++names > MOST_NAMES)
			return -E2BIG;
		*slot = id;
	}
	return 0;
}

static int is_asked_for(struct choice *choice, const struct btf_type *type)
{
	return has_name_to_ask_for(type) && *slot_of(choice, name_of(choice->kernel, type));
}

static void choose(struct choice *choice, uint32_t id)
{
	if (!id || choice->id_of[id])
		return;
	choice->id_of[id] = choice->count;
	choice->chosen[choice->count++] = id;
}

/*
 * What a pointer leads to is none of what holds the pointer: nobody can ask for it through that, and everything would come along. That
 * it is a struct or a union still shows. 0: it comes along all the same.
 */
static uint32_t hollow_of(struct choice *choice, const struct btf_type *type, uint32_t reference)
{
	const struct btf_type *pointee;

	if (!btf_is_ptr(type) || !reference)
		return 0;
	pointee = skip_modifiers(choice->kernel, btf__type_by_id(choice->kernel, reference));
	if (!pointee || !btf_is_composite(pointee) || is_asked_for(choice, pointee))
		return 0;
	return btf_is_union(pointee) ? HOLLOW_UNION : HOLLOW_STRUCT;
}

/* Those that are asked for, and behind them what they consist of. */
static int choose_all(struct choice *choice)
{
	uint32_t types = btf__type_cnt(choice->kernel);

	for (uint32_t id = 1; id < types; id++)
		if (is_asked_for(choice, btf__type_by_id(choice->kernel, id)))
			choose(choice, id);
	for (uint32_t i = HOLLOW_UNION + 1; i < choice->count; i++) {
		const struct btf_type *type = btf__type_by_id(choice->kernel, choice->chosen[i]);
		struct btf_field_iter references;
		uint32_t *reference;
		/* nothing is written: its fields are only looked at */
		int error = btf_field_iter_init(&references, (struct btf_type *)type, BTF_FIELD_ITER_IDS);

		if (error)
			return error;
		while ((reference = btf_field_iter_next(&references))) {
			if (*reference >= types)
				return -EINVAL;
			if (!hollow_of(choice, type, *reference))
				choose(choice, *reference);
		}
	}
	return 0;
}

/* The chosen, each under its new id. */
static int copy_chosen(struct choice *choice, struct btf *to)
{
	if (btf__add_struct(to, NULL, 0) != HOLLOW_STRUCT || btf__add_union(to, NULL, 0) != HOLLOW_UNION)
		return -ENOMEM;
	for (uint32_t i = HOLLOW_UNION + 1; i < choice->count; i++) {
		int id = btf__add_type(to, choice->kernel, btf__type_by_id(choice->kernel, choice->chosen[i]));

		if (id < 0)
			return id;
	}
	for (uint32_t i = HOLLOW_UNION + 1; i < choice->count; i++) {
		struct btf_type *type = (struct btf_type *)btf__type_by_id(to, i);
		struct btf_field_iter references;
		uint32_t *reference, hollow;

		btf_field_iter_init(&references, type, BTF_FIELD_ITER_IDS);
		while ((reference = btf_field_iter_next(&references))) {
			hollow = hollow_of(choice, type, *reference);
			*reference = hollow ? hollow : choice->id_of[*reference];
		}
	}
	return 0;
}

static int write_btf(const struct btf *btf, int fd)
{
	uint32_t size;
	const void *bytes = btf__raw_data(btf, &size);

	return bytes && write(fd, bytes, size) == (ssize_t)size ? 0 : -ENOMEM;
}

/* A file in memory that nobody executes. -errno where there is none to be had. */
API int create_btf_memfd(void)
{
	int fd = syscall(SYS_memfd_create, "exitsnoop-types", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	/* before Linux 6.3 */
	if (fd < 0)
		fd = syscall(SYS_memfd_create, "exitsnoop-types", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Writes to fd, a file in memory, the BTF that bpf_object__load() of this object needs. path: where the kernel's lies, or NULL: where
 * the running kernel has it. Returns what id the struct of that name has in the kernel's BTF, 0 where it has none, or -errno.
 */
API int64_t write_btf_subset(const struct bpf_object *object, const char *path, int fd, const char *name)
{
	struct btf *kernel = path ? btf__parse(path, NULL) : btf__load_vmlinux_btf(), *to;
	struct choice *choice;
	int64_t result = -ENOMEM;
	int id;

	if (!kernel)
		return errno ? -errno : -ENOENT;
	choice = calloc(1, sizeof(*choice));
	to = btf__new_empty();
	if (!choice || !to)
		goto out;
	choice->kernel = kernel;
	choice->object = bpf_object__btf(object);
	choice->count = HOLLOW_UNION + 1;
	choice->id_of = calloc(btf__type_cnt(kernel), sizeof(*choice->id_of));
	choice->chosen = calloc(btf__type_cnt(kernel) + HOLLOW_UNION + 1, sizeof(*choice->chosen));
	if (!choice->id_of || !choice->chosen)
		goto out;
	result = collect_names(choice);
	if (!result)
		result = choose_all(choice);
	if (!result)
		result = copy_chosen(choice, to);
	if (!result)
		result = write_btf(to, fd);
	if (!result) {
		id = btf__find_by_name_kind(kernel, name, BTF_KIND_STRUCT);
		result = id > 0 ? id : 0;
	}
out:
	if (choice) {
		free(choice->chosen);
		free(choice->id_of);
	}
	free(choice);
	btf__free(to);
	btf__free(kernel);
	return result;
}
