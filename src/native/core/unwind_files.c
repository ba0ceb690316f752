// SPDX-License-Identifier: MIT
/*
 * Opens the files of modules: itself, or by the broker those that only root may read. The build id
 * decides whether a file is the mapped one.
 */
#include <errno.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "elf_opener.h"
#include "find_file.h"
#include "unwind.h"

#define MAX_VDSO_BYTES (256 << 10)
/* The system calls of opening a file, as work; those of the broker include two switches to it. */
#define OPEN_CALLS 8
#define CALLS_PER_NAME 4
#define BROKER_CALLS 40

/* the files of the crash that is being unwound, by module */
static struct elf_file files[MAX_CRASH_MODULES];

static int has_build_id(const struct crash_module *module, uint32_t bytes, const uint8_t *build_id)
{
	return module->build_id_bytes == bytes && bytes <= BUILD_ID_BYTES &&
	       !memcmp(module->build_id, build_id, bytes);
}

static int is_same_file(const struct crash_module *module, const struct elf_file *file,
			const struct file_identity *identity)
{
	if (module->build_id_bytes)
		return has_build_id(module, file->build_id_bytes, file->build_id);
	/* subvolumes of btrfs have the same inodes, and the crash does not have which one it is */
	return module->inode == identity->inode && module->device == identity->device &&
	       (!identity->is_subvolume || module->flags & MODULE_IN_OWN_NS);
}

/* Spends the work of opening a path: find_file.c makes some calls for each name. */
static int spend_open(const char *path, uint32_t more_calls)
{
	uint32_t calls = OPEN_CALLS + more_calls;

	for (; *path; path++)
		calls += *path == '/' ? CALLS_PER_NAME : 0;
	return elf_spend_calls(calls);
}

/* Opens a path; if only root may read it, the broker does. Returns a descriptor or -errno. */
static int open_path(const struct mount_list *mounts, const char *path,
		     struct file_identity *identity)
{
	int fd;

	if (spend_open(path, 0))
		return -ETIMEDOUT;
	fd = open_regular_file(mounts, path, identity);
	if (fd != -EACCES && fd != -EPERM)
		return fd;
	return spend_open(path, BROKER_CALLS) ? -ETIMEDOUT :
						open_elf_by_broker(mounts, path, identity);
}

/* Opens one candidate for the file of a module. Returns its state. */
static int open_candidate(struct unwinder *u, struct unwind_module *module, const char *path,
			  struct elf_file *file)
{
	struct file_identity identity;
	int fd = open_path(&u->mounts, path, &identity);

	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? FILE_GONE :
		       fd == -EINVAL		       ? FILE_REPLACED :
							 FILE_UNREADABLE;
	if (!elf_init(file, fd, NULL, identity.size) &&
	    is_same_file(module->record, file, &identity)) {
		module->fd = fd;
		return FILE_OK;
	}
	close(fd);
	/* a file that could not be read may be the right one */
	return file->has_failed || elf_is_exhausted() ? FILE_UNREADABLE : FILE_REPLACED;
}

/* Opens the tracer's own vdso: the kernel maps the same one into all 64-bit processes. */
static int open_vdso(struct elf_file *file)
{
	const uint8_t *image = (const uint8_t *)getauxval(AT_SYSINFO_EHDR);
	uint64_t sections;
	uint16_t count;

	if (!image)
		return FILE_UNREADABLE;
	/* the section headers are at its end: e_shoff, e_shnum of 64 bytes */
	memcpy(&sections, image + 40, sizeof(sections));
	memcpy(&count, image + 60, sizeof(count));
	if (sections > MAX_VDSO_BYTES || elf_init(file, -1, image, sections + 64ULL * count))
		return FILE_UNREADABLE;
	return FILE_OK;
}

/* Returns the open file of another mapping of the same file; NULL: there is none. */
static struct elf_file *opened_file(const struct unwinder *u, struct unwind_module *module)
{
	for (uint32_t i = 0; i < u->module_count; i++) {
		const struct unwind_module *other = &u->modules[i];

		if (other != module && other->state != FILE_UNKNOWN &&
		    other->record->inode == module->record->inode &&
		    other->record->device == module->record->device &&
		    other->record->flags & MODULE_HAS_FILE &&
		    has_build_id(other->record, module->record->build_id_bytes,
				 module->record->build_id)) {
			module->state = other->state;
			return other->file;
		}
	}
	return NULL;
}

struct elf_file *module_file(struct unwinder *u, struct unwind_module *module)
{
	struct elf_file *file = &files[module - u->modules];
	int state;

	if (module->state != FILE_UNKNOWN)
		return module->file;
	module->state = FILE_NONE;
	if (!(module->record->flags & (MODULE_HAS_FILE | MODULE_IS_VDSO)))
		return NULL;
	if (module->record->flags & MODULE_HAS_FILE) {
		module->file = opened_file(u, module);
		if (module->state != FILE_NONE)
			return module->file;
	}
	module->state = FILE_UNREADABLE;
	if (elf_is_exhausted())
		return NULL;
	if (module->record->flags & MODULE_IS_VDSO) {
		module->state = u->is_32 ? FILE_UNREADABLE : open_vdso(file);
	} else {
		module->state = FILE_GONE;
		for (const char *path = module->paths; *path; path += strlen(path) + 1) {
			state = open_candidate(u, module, path, file);
			/* a path that exists says more than one that does not */
			if (state == FILE_OK || module->state == FILE_GONE)
				module->state = state;
			if (state == FILE_OK)
				break;
		}
	}
	if (module->state == FILE_OK)
		module->file = file;
	return module->file;
}
