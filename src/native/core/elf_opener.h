/* SPDX-License-Identifier: MIT */
/* elf_opener.c: opens ELF files that only root may read, in the broker. */
#ifndef ELF_OPENER_H
#define ELF_OPENER_H

#include "find_file.h"

/* Returns a descriptor for reading, or -errno: -EACCES for any reason of the broker. */
int open_elf_by_broker(const struct mount_list *mounts, const char *path,
		       struct file_identity *identity);

#endif
