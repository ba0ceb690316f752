/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The path of a process's executable or directory, as seen from the tracer's root directory. */
#pragma once

#include "scratch.bpf.h"
#include "tracer_context.bpf.h"

#define MAX_PATH_STEPS 48	/* directories and mounts up to the root */
#define PATH_UNKNOWN -1
#define MAX_PATH_BYTES (TEXT_BYTES - 2 * FILE_NAME_BYTES) /* so that one more name has room */
#define MAX_PATH_AT (2 * TEXT_BYTES + sizeof(struct process_origin)) /* in the text of a record */

/*
 * The first bytes of a dentry or mount: its fields are read together, because each read is a helper
 * call. A field after these bytes is read separately.
 */
struct object_head {
	u8 bytes[64] __attribute__((aligned(8)));
};

#define READ_HEAD(head, object) bpf_probe_read_kernel(&(head), sizeof(head), object)
#define HEAD_FIELD(head, object, type, field) \
	(bpf_core_field_offset(struct type, field) <= sizeof(head) - sizeof(void *) ? \
		 *(void **)((head).bytes + bpf_core_field_offset(struct type, field)) : \
		 (void *)BPF_CORE_READ((struct type *)(object), field))

/*
 * Writes the names of a path into the text of a scratch record, from the leaf up to the tracer's
 * root, each with a NUL; user space reverses them. A path outside of that root begins at
 * the real root, as all paths do if init_tracer_context did not run. Returns the number of bytes,
 * or PATH_UNKNOWN if the names do not fit.
 */
VERIFY_ONCE int write_path(u64 mount_address, u64 dentry_address, u32 slot, u64 at)
{
	struct exit_record *record = scratch_record(slot);
	struct dentry *dentry = (void *)dentry_address, *root, *parent;
	struct mount *mount = (void *)mount_address, *parent_mount;
	struct object_head dentry_head, mount_head;
	u64 bytes = opaque_zero & (TEXT_BYTES - 1);

	if (!record || at > MAX_PATH_AT)
		return PATH_UNKNOWN;
	barrier_var(at); /* as in BOUND() */
	READ_HEAD(mount_head, mount);
	root = HEAD_FIELD(mount_head, mount, mount, mnt.mnt_root);
	for (int i = 0; i < MAX_PATH_STEPS; i++) {
		long length;

		if (root_dentry && (u64)dentry == root_dentry && (u64)mount == root_mount)
			return bytes;
		if (dentry == root) {
			parent_mount = HEAD_FIELD(mount_head, mount, mount, mnt_parent);
			if (parent_mount == mount || !parent_mount)
				return bytes;
			dentry = HEAD_FIELD(mount_head, mount, mount, mnt_mountpoint);
			mount = parent_mount;
			READ_HEAD(mount_head, mount);
			root = HEAD_FIELD(mount_head, mount, mount, mnt.mnt_root);
			continue;
		}
		if (bytes > MAX_PATH_BYTES)
			return PATH_UNKNOWN;
		READ_HEAD(dentry_head, dentry);
		parent = HEAD_FIELD(dentry_head, dentry, dentry, d_parent);
		length = bpf_probe_read_kernel_str(record->text + at + bytes, FILE_NAME_BYTES,
						   HEAD_FIELD(dentry_head, dentry, dentry,
							      d_name.name));
		if (length < 1 || length > FILE_NAME_BYTES)
			return PATH_UNKNOWN;
		bytes += length;
		bytes += opaque_zero;
		bytes &= TEXT_BYTES - 1;
		/* a file without a directory, such as a memfd */
		if (parent == dentry)
			return bytes;
		dentry = parent;
	}
	return PATH_UNKNOWN;
}

/*
 * Writes the names of a path as write_path() does. Returns the number of bytes, or PATH_UNKNOWN.
 * path_address: of a `struct path`.
 */
static __always_inline int write_path_at(const void *path_address, u32 slot, u64 at)
{
	struct path path;

	if (bpf_probe_read_kernel(&path, sizeof(path), path_address) || !path.dentry || !path.mnt)
		return PATH_UNKNOWN;
	return write_path((u64)path.mnt - bpf_core_field_offset(struct mount, mnt),
			  (u64)path.dentry, slot, at);
}

/*
 * Writes the names of the path of the current process's executable or working directory, as
 * write_path() does.
 */
static __always_inline int write_own_path_at(bool is_cwd, u32 slot, u64 at)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return write_path_at(is_cwd ? (void *)&BPF_CORE_READ(task, fs)->pwd :
				      (void *)&BPF_CORE_READ(task, mm, exe_file)->f_path,
			     slot, at);
}

#ifdef NO_KERNEL_BTF
static __always_inline int write_own_path(bool is_cwd, u32 slot, u64 at)
{
	return write_own_path_at(is_cwd, slot, at);
}
#else
/*
 * Up to the root of its mount, a path is read with typed loads, which takes half the time. Most
 * paths end there: at the tracer's root.
 */
VERIFY_ONCE int write_own_path(u32 is_cwd, u32 slot, u64 at)
{
	struct exit_record *record = scratch_record(slot);
	struct dentry *dentry, *parent, *root;
	struct task_struct *task;
	struct vfsmount *mount;
	u64 bytes = opaque_zero & (TEXT_BYTES - 1), at_mount, end;
	u32 rest;

	if (!has_current_task_btf())
		return write_own_path_at(is_cwd, slot, at);
	task = as_untrusted(bpf_get_current_task_btf());
	dentry = is_cwd ? task->fs->pwd.dentry : task->mm->exe_file->f_path.dentry;
	mount = is_cwd ? task->fs->pwd.mnt : task->mm->exe_file->f_path.mnt;
	if (!record || !dentry || !mount)
		return PATH_UNKNOWN;
	root = mount->mnt_root;
	/* the tracer's root may be any directory, after chroot(2) */
	end = (u64)mount == root_mount + bpf_core_field_offset(struct mount, mnt) ? root_dentry : 0;
	for (int i = 0; i < MAX_PATH_STEPS && dentry != root; i++) {
		u64 name_at = at + bytes;
		long length;

		if ((u64)dentry == end)
			return bytes;
		if (bytes > MAX_PATH_BYTES || name_at > MAX_PATH_AT + MAX_PATH_BYTES)
			return PATH_UNKNOWN;
		barrier_var(name_at); /* as in BOUND() */
		parent = dentry->d_parent;
		length = bpf_probe_read_kernel_str(record->text + name_at, FILE_NAME_BYTES,
						   dentry->d_name.name);
		if (length < 1 || length > FILE_NAME_BYTES)
			return PATH_UNKNOWN;
		bytes += length;
		bytes += opaque_zero;
		bytes &= TEXT_BYTES - 1;
		/* a file without a directory, such as a memfd */
		if (parent == dentry)
			return bytes;
		dentry = parent;
	}
	/* more names than steps: what follows would be the path of another file */
	if (dentry != root)
		return PATH_UNKNOWN;
	if ((u64)root == end)
		return bytes;
	/*
	 * The root of another mount. The path is not read again, since another thread may change the
	 * directory. The verifier allows arithmetic on a number, not on this pointer.
	 */
	if (bpf_probe_read_kernel(&at_mount, sizeof(at_mount), &mount))
		return PATH_UNKNOWN;
	rest = write_path(at_mount - bpf_core_field_offset(struct mount, mnt),
			  (u64)BPF_CORE_READ((struct vfsmount *)at_mount, mnt_root), slot,
			  at + bytes);
	return rest < TEXT_BYTES ? bytes + rest : PATH_UNKNOWN;
}
#endif

/* Fills in the path of an executable that write_path() has written, or PATH_UNKNOWN. */
static __always_inline void set_exe(struct exit_record *record, u32 bytes, bool is_removed)
{
	if (bytes >= TEXT_BYTES)
		return;
	record->exe_bytes = bytes;
	record->flags |= is_removed ? EXIT_EXE_KNOWN | EXIT_EXE_DELETED : EXIT_EXE_KNOWN;
}

/* Fills in the executable. A memfd counts as removed, as in /proc/PID/exe: d_unhashed(). */
static __always_inline void fill_exe(struct exit_record *record, struct mm_struct *mm, u32 slot)
{
	struct file *file = FIELD(mm, exe_file);
	struct path *path;

	if (!file)
		return;
	path = &file->f_path;
	set_exe(record, write_own_path(false, slot, record->args_bytes),
		!FIELD(path, dentry, d_hash.pprev));
}
