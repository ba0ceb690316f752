/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The paths of a mapped file. */
#pragma once

#include "crash_scratch.bpf.h"
#include "tracer_context.bpf.h"

#define MAX_MODULE_PATH_STEPS 48
#define NO_MOUNT_NS -22ULL	/* -EINVAL: a mount that is in no namespace, see fs/namespace.c */
#define OVERLAY 0x79616c7265766fULL	/* "overlay" */

static __always_inline struct mount *mount_of(struct vfsmount *mnt)
{
	return (void *)mnt - bpf_core_field_offset(struct mount, mnt);
}

enum path_step { PATH_FAILED, PATH_ENDS, PATH_GOES_ON };

/* Goes from a file or directory to the one above it. */
VERIFY_ONCE int read_path_name(void)
{
	struct crash_scratch *s = crash_scratch();
	struct dentry *dentry, *parent;
	struct mount *mount, *parent_mount;
	u32 at, bytes;
	long length;

	if (!s)
		return PATH_FAILED;
	dentry = (void *)s->dentry;
	mount = (void *)s->mount;
	if (mount && root_dentry && (u64)dentry == root_dentry && (u64)mount == root_mount)
		return PATH_ENDS;
	if (mount && dentry == BPF_CORE_READ(mount, mnt.mnt_root)) {
		parent_mount = BPF_CORE_READ(mount, mnt_parent);
		if (parent_mount == mount || !parent_mount)
			return PATH_ENDS;
		s->dentry = (u64)BPF_CORE_READ(mount, mnt_mountpoint);
		s->mount = (u64)parent_mount;
		return PATH_GOES_ON;
	}
	at = s->path_at;
	bytes = s->path_bytes;
	parent = BPF_CORE_READ(dentry, d_parent);
	if (parent == dentry && !mount)
		return PATH_ENDS;
	if (at > MODULE_NAME_BYTES || bytes > MODULE_NAME_BYTES - FILE_NAME_BYTES)
		return PATH_FAILED;
	at += bytes;
	BOUND(at, 2 * MODULE_NAME_BYTES - 1);
	length = bpf_probe_read_kernel_str(s->module.text + at, FILE_NAME_BYTES,
					   BPF_CORE_READ(dentry, d_name.name));
	if (length < 1 || length > FILE_NAME_BYTES)
		return PATH_FAILED;
	s->path_bytes = bytes + length;
	s->dentry = (u64)parent;
	return parent != dentry ? PATH_GOES_ON : PATH_ENDS;
}

/*
 * Writes the names of a path into the text of the module, from the leaf up to the tracer's root,
 * or without a mount up to the root of the file system. Returns their bytes; 0: they do not fit, as
 * the end of a path would be another file's.
 */
VERIFY_ONCE int read_module_path(u64 mount, u64 dentry, u32 at)
{
	struct crash_scratch *s = crash_scratch();

	if (!s)
		return 0;
	s->mount = mount;
	s->dentry = dentry;
	s->path_at = at;
	s->path_bytes = 0;
	for (int i = 0; i < MAX_MODULE_PATH_STEPS; i++) {
		int step = read_path_name();

		if (step == PATH_ENDS)
			return s->path_bytes;
		if (step != PATH_GOES_ON)
			return 0;
	}
	return 0;
}

/*
 * Returns true if the file is the one below an overlay, and reads the overlay's path of it: since
 * Linux 6.5 such a file is mapped itself. The bit of f_mode that says so has moved between
 * releases. Its mount is in no namespace, like that of a memfd, so the path must be an overlay's.
 */
static __always_inline bool read_overlay_path(u64 file, struct vfsmount *mnt, struct path *path)
{
	struct dentry___crash *dentry;
	u64 type = 0;

	if (!bpf_core_field_exists(struct backing_file, user_path) ||
	    (u64)BPF_CORE_READ((struct mount___crash *)mount_of(mnt), mnt_ns) != NO_MOUNT_NS)
		return false;
	if (bpf_probe_read_kernel(path, sizeof(*path),
				  (void *)file + bpf_core_field_offset(struct backing_file,
								       user_path)) ||
	    !path->dentry || !path->mnt)
		return false;
	dentry = (void *)path->dentry;
	bpf_probe_read_kernel(&type, 7, BPF_CORE_READ(dentry, d_sb, s_type, name));
	return type == OVERLAY;
}

/*
 * Returns the dentry of the file itself. Older overlays map a path of theirs, with the inode of the
 * file below, which has a name of its own.
 */
static __always_inline u64 real_dentry(struct path *path, struct inode___crash *inode)
{
	u64 alias = (u64)BPF_CORE_READ(inode, i_dentry.first);
	struct dentry___crash *dentry = (void *)path->dentry;

	if (!alias || BPF_CORE_READ(dentry, d_inode) == inode)
		return (u64)dentry;
	return alias - (bpf_core_field_exists(struct dentry___flat, d_alias) ?
				bpf_core_field_offset(struct dentry___flat, d_alias) :
				bpf_core_field_offset(struct dentry___crash, d_u.d_alias));
}

/* Returns true if a mount is in the mount namespace of the tracer. */
static __always_inline bool is_in_own_ns(struct mount *mount)
{
	return root_mount && BPF_CORE_READ((struct mount___crash *)root_mount, mnt_ns) ==
				     BPF_CORE_READ((struct mount___crash *)mount, mnt_ns);
}

/*
 * Fills in the paths of a mapped file. The second one, by which user space finds a file in another
 * mount namespace, takes as long as the first and is left out in the tracer's own.
 */
VERIFY_ONCE int fill_module_paths(u64 file_address)
{
	struct file___crash *file = (void *)file_address;
	struct crash_scratch *s = crash_scratch();
	struct path path, overlay;
	u32 bytes;

	if (!s || bpf_probe_read_kernel(&path, sizeof(path), &file->f_path) || !path.dentry ||
	    !path.mnt)
		return 0;
	if (!BPF_CORE_READ(path.dentry, d_hash.pprev))
		s->module.flags |= MODULE_DELETED;
	if (read_overlay_path(file_address, path.mnt, &overlay)) {
		bytes = read_module_path((u64)mount_of(overlay.mnt), (u64)overlay.dentry, 0);
		s->module.path_bytes = bytes;
		s->module.real_bytes = read_module_path(0, (u64)path.dentry, bytes);
		return 0;
	}
	bytes = read_module_path((u64)mount_of(path.mnt), (u64)path.dentry, 0);
	s->module.path_bytes = bytes;
	if (is_in_own_ns(mount_of(path.mnt)))
		s->module.flags |= MODULE_IN_OWN_NS;
	else
		s->module.real_bytes = read_module_path(
			0, real_dentry(&path, BPF_CORE_READ(file, f_inode)), bytes);
	return 0;
}
