// SPDX-License-Identifier: MIT
/*
 * Opens files whose paths another process has chosen: it could make the opener wait for ever, in a
 * FUSE mount or at a device. So a path is opened name by name without following links, every mount
 * on the way has to be one of those that the caller allows, and the file must be regular, in a file
 * system that stores data. The kernel's own files are regular as well, but opening or closing one
 * can have effects: closing tracefs's free_buffer frees the ring buffer.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/stat.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>
#include "find_file.h"

#define MAX_DEPTH 48
#define MOUNT_ID_MASK 0x1000	/* STATX_MNT_ID of include/uapi/linux/stat.h: since Linux 5.8 */
#define STX_MNT_ID_OFFSET 0x90	/* of stx_mnt_id, which old headers lack */
#define AT_STATX_DONT_SYNC 0x4000

int identify_file(const struct mount_list *mounts, int fd, struct file_identity *identity)
{
	struct statx found;
	uint64_t mount;

	memset(&found, 0, sizeof(found));
	if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC,
		    STATX_BASIC_STATS | MOUNT_ID_MASK, &found))
		return -errno;
	if (!(found.stx_mask & MOUNT_ID_MASK))
		return -EACCES;
	memcpy(&mount, (char *)&found + STX_MNT_ID_OFFSET, sizeof(mount));
	*identity = (struct file_identity){
		.inode = found.stx_ino,
		.size = found.stx_size,
		.device = found.stx_dev_major << 20 | found.stx_dev_minor,
		.mode = found.stx_mode,
	};
	for (uint32_t i = 0; i < mounts->count; i++) {
		if (mounts->ids[i] != mount)
			continue;
		if (mounts->devices) {
			identity->is_subvolume = mounts->devices[i] != identity->device;
			identity->device = mounts->devices[i];
		}
		return 0;
	}
	return -EACCES;
}

/* Takes the first name from a path. Returns its length; 0 at the end, or -errno. */
static int take_name(const char **path, char *name)
{
	size_t length;

	while (**path == '/')
		(*path)++;
	length = strcspn(*path, "/");
	if (length > NAME_MAX)
		return -ENOENT;
	memcpy(name, *path, length);
	name[length] = 0;
	*path += length;
	return strcmp(name, "..") ? (int)length : -ENOENT;
}

/* Finds a file without opening it. Returns an O_PATH descriptor or -errno. */
static int find_file(const struct mount_list *mounts, const char *path,
		     struct file_identity *identity)
{
	int at = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), next, error = -ELOOP;
	char name[NAME_MAX + 1];

	if (at < 0)
		return -errno;
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		int length = take_name(&path, name);

		error = length < 0 ? length : identify_file(mounts, at, identity);
		if (error)
			break;
		if (!length)
			return at;
		next = openat(at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
		error = next < 0 ? -errno : -ELOOP;
		close(at);
		at = next;
		if (at < 0)
			return error;
	}
	close(at);
	return error;
}

/*
 * The f_type of the file systems in which files may be opened, as in include/uapi/linux/magic.h and
 * the file systems' own headers. src/crash/mounts.ts has them by name.
 */
static const uint32_t storing_types[] = {
	0xef53,		/* ext2, ext3, ext4 */
	0x58465342,	/* xfs */
	0x9123683e,	/* btrfs */
	0x01021994,	/* tmpfs */
	0x858458f6,	/* ramfs */
	0x794c7630,	/* overlay */
	0x2fc12fc1,	/* zfs */
	0xf2f52010,	/* f2fs */
	0xca451a4e,	/* bcachefs */
	0x73717368,	/* squashfs */
	0xe0f5e1e2,	/* erofs */
	0x9660,		/* iso9660 */
	0x15013346,	/* udf */
	0x4d44,		/* vfat */
	0x2011bab0,	/* exfat */
	0x7366746e,	/* ntfs3 */
	0x3153464a,	/* jfs */
	0x3434,		/* nilfs2 */
	0x52654973,	/* reiserfs */
};

/* Returns true if a found file is in a file system that stores data. */
static int is_stored(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs))
		return 0;
	for (size_t i = 0; i < sizeof(storing_types) / sizeof(*storing_types); i++)
		if ((uint32_t)fs.f_type == storing_types[i])
			return 1;
	return 0;
}

/* Returns 0 if a found file may be opened, or -errno. */
static int check_found(int fd, const struct file_identity *identity)
{
	if (!S_ISREG(identity->mode))
		return -EINVAL;
	if (!is_stored(fd))
		return -EACCES;
	return identity->size < sizeof(Elf64_Ehdr) ? -EINVAL : 0;
}

int open_regular_file(const struct mount_list *mounts, const char *path,
		      struct file_identity *identity)
{
	char link[sizeof("/proc/self/fd/") + 11];
	int found = find_file(mounts, path, identity), fd;

	if (found < 0)
		return found;
	fd = check_found(found, identity);
	if (fd) {
		close(found);
		return fd;
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", found);
	fd = open(link, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	close(found);
	return fd;
}
