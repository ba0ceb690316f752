/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Kernel types of paths, cgroups and memory cgroups. */
#pragma once

#include "kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/dcache.h, include/linux/mount.h, fs/mount.h, include/linux/fs.h */
struct qstr { const unsigned char *name; };
struct hlist_bl_node { struct hlist_bl_node **pprev; };

struct dentry {
	struct hlist_bl_node d_hash;
	struct dentry *d_parent;
	struct qstr d_name;
};

struct vfsmount { struct dentry *mnt_root; };

struct mount {
	struct mount *mnt_parent;
	struct dentry *mnt_mountpoint;
	struct vfsmount mnt;
};

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct inode { kuid_t i_uid; };

struct file {
	struct path f_path;
	struct inode *f_inode;
};

/* include/linux/fs_struct.h */
struct fs_struct {
	struct path root;
	struct path pwd;
};

/* include/linux/mm_types.h */
struct mm_struct {
	unsigned long arg_start;
	unsigned long arg_end;
	struct file *exe_file;
};

/* include/linux/kernfs.h: until Linux 6.14 the field is `parent` */
struct kernfs_node {
	struct kernfs_node *__parent;
	const char *name;
	u64 id;
};

struct kernfs_node___6_14 { struct kernfs_node *parent; };

/* include/linux/cgroup-defs.h */
struct cgroup_root { int hierarchy_id; };

struct cgroup_subsys_state {
	struct cgroup *cgroup;
	struct cgroup_subsys_state *parent;
};

struct cgroup {
	struct cgroup_subsys_state self;
	int level;
	struct kernfs_node *kn;
	struct cgroup_root *root;
	struct cgroup *ancestors[1]; /* since Linux 6.1 */
};

struct css_set {
	struct cgroup_subsys_state *subsys[16];
	struct cgroup *dfl_cgrp;
};

/* include/linux/cgroup.h */
struct cgroup_namespace { struct css_set *root_cset; };

/*
 * include/linux/page_counter.h, include/linux/memcontrol.h: since Linux 6.11 oom_lock exists only
 * with CONFIG_MEMCG_V1
 */
struct page_counter {
	atomic_long_t usage;
	unsigned long max;
};

struct mem_cgroup {
	struct cgroup_subsys_state css;
	struct page_counter memory;
	struct page_counter memsw;
	bool oom_group;
	bool oom_lock;
};

/* include/linux/mm_types_task.h: the pages of a process by kind, until Linux 6.1 */
struct mm_rss_stat { atomic_long_t count[4]; };
struct mm_struct___6_1 { struct mm_rss_stat rss_stat; };

/* include/linux/percpu_counter.h: since Linux 6.2 */
struct percpu_counter {
	s64 count;
	s32 *counters; /* an entry for each CPU, at the CPU's offset */
};
struct mm_struct___6_2 { struct percpu_counter rss_stat[4]; };

#pragma clang attribute pop
