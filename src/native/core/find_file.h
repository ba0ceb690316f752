/* SPDX-License-Identifier: MIT */
/* Opens files whose paths another process has chosen. */
#ifndef FIND_FILE_H
#define FIND_FILE_H

#include <stdint.h>

/*
 * The mounts in which files may be opened, by their ids in /proc/self/mountinfo, and their devices
 * there; NULL: those that stat(2) says. btrfs has a device for each subvolume there, and the kernel
 * knows the file system by another.
 */
struct mount_list {
	const uint32_t *ids, *devices;
	uint32_t count;
};

struct file_identity {
	uint64_t inode, size;
	uint32_t device;	/* major << 20 | minor */
	uint16_t mode;
	int is_subvolume;	/* `device` is that of the mount, and stat(2) says another one */
};

/* Reads the metadata of a descriptor without asking a server. Returns 0 or -errno. */
int identify_file(const struct mount_list *mounts, int fd, struct file_identity *identity);
/*
 * Opens a file for reading that can be an ELF file: a regular one of 64 bytes or more, in a file
 * system that stores data. Returns a descriptor or -errno: -EINVAL if it is no such file, -EACCES
 * also if a mount on its way is not in the list, or the file system is another one.
 */
int open_regular_file(const struct mount_list *mounts, const char *path,
		      struct file_identity *identity);

#endif
