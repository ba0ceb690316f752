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

#define MAX_FILES 16
#define MAX_VDSO_BYTES (256 << 10)

/* the files of the crash that is being unwound */
static struct elf_file files[MAX_FILES];
static uint32_t file_count;

static int is_same_file(const struct crash_module *module, const struct elf_file *file,
			const struct file_identity *identity)
{
	if (module->build_id_bytes)
		return module->build_id_bytes == file->build_id_bytes &&
		       !memcmp(module->build_id, file->build_id, file->build_id_bytes);
	return module->inode == identity->inode && module->device == identity->device;
}

/* Opens one candidate for the file of a module. Returns its state. */
static int open_candidate(struct unwinder *u, struct unwind_module *module, const char *path,
			  struct elf_file *file)
{
	struct file_identity identity;
	int fd = open_regular_file(&u->mounts, path, &identity);

	if (fd == -EACCES || fd == -EPERM)
		fd = open_elf_by_broker(&u->mounts, path, &identity);
	if (fd < 0)
		return fd == -ENOENT || fd == -ENOTDIR ? FILE_GONE :
		       fd == -EINVAL		       ? FILE_REPLACED :
							 FILE_UNREADABLE;
	if (elf_init(file, fd, NULL, identity.size) || !is_same_file(module->record, file, &identity)) {
		close(fd);
		return FILE_REPLACED;
	}
	module->fd = fd;
	return FILE_OK;
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
		    other->record->flags & MODULE_HAS_FILE) {
			module->state = other->state;
			return other->file;
		}
	}
	return NULL;
}

struct elf_file *module_file(struct unwinder *u, struct unwind_module *module)
{
	struct elf_file *file;
	int state;

	if (module->state != FILE_UNKNOWN)
		return module->file;
	module->state = FILE_NONE;
	if (!(module->record->flags & (MODULE_HAS_FILE | MODULE_IS_VDSO)))
		return NULL;
	if (module->record->flags & MODULE_HAS_FILE) {
		file = opened_file(u, module);
		if (module->state != FILE_NONE)
			return module->file = file;
	}
	module->state = FILE_UNREADABLE;
	if (file_count == MAX_FILES || elf_is_exhausted())
		return NULL;
	file = &files[file_count];
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
	if (module->state == FILE_OK) {
		module->file = file;
		file_count++;
	}
	return module->file;
}

void close_elf_files(void)
{
	file_count = 0;
}
