// SPDX-License-Identifier: MIT
/*
 * Writes the part of a kernel's BTF that an object's relocations can refer to, as bpftool's
 * `gen min_core_btf` does. For each type that an object names, libbpf searches the BTF that it is
 * given, and a kernel's has some 130,000 types.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
/* btf_field_iter, which finds a type's references to other types; bpftool includes it as well */
#include <bpf/libbpf_internal.h>
#include "native.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

#define NAME_SLOTS 4096		/* three quarters stay free, which keeps probing short */
#define MAX_NAMES (NAME_SLOTS / 4)
#define MAX_MODIFIERS 64
#define PREFIX_BYTES 4
#define PREFIXES 8192

/* The first types of the subset have neither a name nor members: see placeholder(). */
enum { PLACEHOLDER_STRUCT = 1, PLACEHOLDER_UNION, FIRST_COPIED };

struct btf_subset {
	const struct btf *kernel, *object;
	uint32_t named[NAME_SLOTS];	/* hash table of the object's types by name; 0: free */
	uint8_t has_prefix[PREFIXES];	/* by prefix_of() a name: true for the object's types */
	uint32_t *new_ids;		/* by kernel type ID; 0: not in the subset */
	uint32_t *kernel_ids;		/* by type ID in the subset */
	uint32_t count;			/* of kernel_ids, with the unused 0 and the placeholders */
};

/* Returns NULL if the modifiers form a cycle, as in a manipulated file. */
static const struct btf_type *skip_modifiers(const struct btf *btf, const struct btf_type *type)
{
	for (int i = 0; i < MAX_MODIFIERS && type; i++) {
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

/* Returns a hash of a name's first bytes: most names that the object lacks have another one. */
static uint32_t prefix_of(const char *name)
{
	uint32_t prefix = 0;

	for (int i = 0; i < PREFIX_BYTES && name[i]; i++)
		prefix = prefix * 31 + (uint8_t)name[i];
	return prefix % PREFIXES;
}

/* Returns true for a type that a relocation can look up by name. */
static int has_searchable_name(const struct btf_type *type)
{
	return type->name_off &&
	       (btf_is_int(type) || btf_is_float(type) || btf_is_composite(type) ||
		btf_is_any_enum(type) || btf_is_fwd(type) || btf_is_typedef(type));
}

/*
 * Returns the slot of the object's type with that name, or a free slot. Ignores the flavor of a
 * name, as libbpf does: task_struct___old matches task_struct.
 */
static uint32_t *find_slot(struct btf_subset *subset, const char *name)
{
	size_t length = bpf_core_essential_name_len(name);
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (uint8_t)name[i]) * 16777619u;
	for (uint32_t at = hash;; at++) {
		uint32_t *slot = &subset->named[at % NAME_SLOTS];
		const char *other;

		if (!*slot)
			return slot;
		other = name_of(subset->object, btf__type_by_id(subset->object, *slot));
		if (bpf_core_essential_name_len(other) == length && !memcmp(other, name, length))
			return slot;
	}
}

static int collect_names(struct btf_subset *subset)
{
	uint32_t names = 0;

	for (uint32_t id = 1; id < btf__type_cnt(subset->object); id++) {
		const struct btf_type *type = btf__type_by_id(subset->object, id);
		uint32_t *slot;

		if (!has_searchable_name(type))
			continue;
		slot = find_slot(subset, name_of(subset->object, type));
		if (!*slot && ++names > MAX_NAMES)
			return -E2BIG;
		*slot = id;
		subset->has_prefix[prefix_of(name_of(subset->object, type))] = 1;
	}
	return 0;
}

/* Returns true if the object has a type of this kernel type's name. */
static int is_named_by_object(struct btf_subset *subset, const struct btf_type *type)
{
	const char *name = name_of(subset->kernel, type);

	return has_searchable_name(type) && subset->has_prefix[prefix_of(name)] &&
	       *find_slot(subset, name);
}

static void add(struct btf_subset *subset, uint32_t id)
{
	if (!id || subset->new_ids[id])
		return;
	subset->new_ids[id] = subset->count;
	subset->kernel_ids[subset->count++] = id;
}

/*
 * Returns the placeholder for a pointer's target, or 0 if the target has to be in the subset. A
 * relocation does not follow pointers and needs no more than whether the target is a struct or a
 * union; the targets themselves would draw in most of the kernel's types.
 */
static uint32_t placeholder(struct btf_subset *subset, const struct btf_type *type, uint32_t target)
{
	const struct btf_type *pointee;

	if (!btf_is_ptr(type) || !target)
		return 0;
	pointee = skip_modifiers(subset->kernel, btf__type_by_id(subset->kernel, target));
	if (!pointee || !btf_is_composite(pointee) || is_named_by_object(subset, pointee))
		return 0;
	return btf_is_union(pointee) ? PLACEHOLDER_UNION : PLACEHOLDER_STRUCT;
}

/* Selects the types that the object names, and those that they refer to. */
static int select_types(struct btf_subset *subset)
{
	uint32_t types = btf__type_cnt(subset->kernel);

	for (uint32_t id = 1; id < types; id++)
		if (is_named_by_object(subset, btf__type_by_id(subset->kernel, id)))
			add(subset, id);
	for (uint32_t i = FIRST_COPIED; i < subset->count; i++) {
		uint32_t id = subset->kernel_ids[i];
		const struct btf_type *type = btf__type_by_id(subset->kernel, id);
		struct btf_field_iter references;
		uint32_t *reference;
		/* the cast is safe: this loop does not write to the references */
		int error = btf_field_iter_init(&references, (struct btf_type *)type,
						BTF_FIELD_ITER_IDS);

		if (error)
			return error;
		while ((reference = btf_field_iter_next(&references))) {
			if (*reference >= types)
				return -EINVAL;
			if (!placeholder(subset, type, *reference))
				add(subset, *reference);
		}
	}
	return 0;
}

/* Copies the selected types, then translates their references to the new IDs. */
static int copy_types(struct btf_subset *subset, struct btf *to)
{
	if (btf__add_struct(to, NULL, 0) != PLACEHOLDER_STRUCT ||
	    btf__add_union(to, NULL, 0) != PLACEHOLDER_UNION)
		return -ENOMEM;
	for (uint32_t i = FIRST_COPIED; i < subset->count; i++) {
		int id = btf__add_type(to, subset->kernel,
				       btf__type_by_id(subset->kernel, subset->kernel_ids[i]));

		if (id < 0)
			return id;
	}
	for (uint32_t i = FIRST_COPIED; i < subset->count; i++) {
		struct btf_type *type = (struct btf_type *)btf__type_by_id(to, i);
		struct btf_field_iter references;
		uint32_t *reference, replacement;

		btf_field_iter_init(&references, type, BTF_FIELD_ITER_IDS);
		while ((reference = btf_field_iter_next(&references))) {
			replacement = placeholder(subset, type, *reference);
			*reference = replacement ? replacement : subset->new_ids[*reference];
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

/* Creates a file in memory that cannot be executed. Returns its descriptor or -errno. */
API int create_btf_memfd(void)
{
	int fd = syscall(SYS_memfd_create, "exitsnoop-types", MFD_CLOEXEC | MFD_NOEXEC_SEAL);

	/* before Linux 6.3 */
	if (fd < 0)
		fd = syscall(SYS_memfd_create, "exitsnoop-types", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/*
 * Writes to fd the BTF that bpf_object__load() of this object needs. path: a file with the kernel's
 * BTF; NULL: the running kernel's. Returns the ID of the struct `name` in the kernel's BTF, 0 if it
 * has none, or -errno.
 */
API int64_t write_btf_subset(const struct bpf_object *object, const char *path, int fd,
			     const char *name)
{
	struct btf *parsed = path ? btf__parse(path, NULL) : NULL, *to;
	const struct btf *kernel = path ? parsed : kernel_types();
	struct btf_subset *subset;
	int64_t result = -ENOMEM;
	int id;

	if (!kernel)
		return errno ? -errno : -ENOENT;
	subset = calloc(1, sizeof(*subset));
	to = btf__new_empty();
	if (!subset || !to)
		goto out;
	subset->kernel = kernel;
	subset->object = bpf_object__btf(object);
	subset->count = FIRST_COPIED;
	subset->new_ids = calloc(btf__type_cnt(kernel), sizeof(*subset->new_ids));
	subset->kernel_ids = calloc(btf__type_cnt(kernel) + FIRST_COPIED,
				    sizeof(*subset->kernel_ids));
	if (!subset->new_ids || !subset->kernel_ids)
		goto out;
	result = collect_names(subset);
	if (!result)
		result = select_types(subset);
	if (!result)
		result = copy_types(subset, to);
	if (!result)
		result = write_btf(to, fd);
	if (!result) {
		id = btf__find_by_name_kind(kernel, name, BTF_KIND_STRUCT);
		result = id > 0 ? id : 0;
	}
out:
	if (subset) {
		free(subset->kernel_ids);
		free(subset->new_ids);
	}
	free(subset);
	btf__free(to);
	btf__free(parsed);
	return result;
}
