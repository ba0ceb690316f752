/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Kernel types of memory mappings, of their files and of faults. They are flavors: the members that
 * only crash sites need, of types that the other kernel_types_*.h have as well.
 */
#pragma once

#include "kernel_types_task.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* include/linux/maple_tree.h: mappings are in a maple tree since Linux 6.1 */
enum maple_type { maple_dense, maple_leaf_64, maple_range_64, maple_arange_64 };
struct maple_metadata { unsigned char end; };
struct maple_range_64 {
	unsigned long pivot[15];
	void *slot[16];
	struct maple_metadata meta;
};
struct maple_arange_64 {
	unsigned long pivot[9];
	void *slot[10];
	struct maple_metadata meta;
};
struct maple_tree { void *ma_root; };

/* include/linux/rbtree_types.h, include/linux/types.h */
struct rb_node {
	struct rb_node *rb_right;
	struct rb_node *rb_left;
};
struct rb_root { struct rb_node *rb_node; };
struct hlist_node { struct hlist_node *next; };
struct hlist_head { struct hlist_node *first; };

/* include/linux/fs.h, include/linux/dcache.h, fs/mount.h */
struct file_system_type { const char *name; };
struct super_block___crash {
	u32 s_dev;
	struct file_system_type *s_type;
};
struct inode___crash {
	unsigned long i_ino;
	struct super_block___crash *i_sb;
	struct hlist_head i_dentry;
};
struct dentry___crash {
	struct inode___crash *d_inode;
	struct super_block___crash *d_sb;
	union {
		struct hlist_node d_alias;
	} d_u;
};
/* without the union since about Linux 7.1 */
struct dentry___flat { struct hlist_node d_alias; };
struct mount___crash { void *mnt_ns; };
struct file___crash {
	struct path f_path;
	struct inode___crash *f_inode;
};
/* fs/file_table.c: an overlay's file as the process opened it; since Linux 6.5 */
struct backing_file { struct path user_path; };

/* include/linux/mm_types.h */
struct vm_area_struct {
	unsigned long vm_start;
	unsigned long vm_end;
	void *vm_mm;
	unsigned long vm_flags;
	unsigned long vm_pgoff;
	struct file___crash *vm_file;
};
struct vm_area_struct___list {
	struct vm_area_struct___list *vm_next;
	struct rb_node vm_rb;
};
struct mm_context___crash { void *vdso; };
struct mm_struct___crash {
	struct maple_tree mm_mt;
	int map_count;
	unsigned long start_brk;
	unsigned long brk;
	struct mm_context___crash context;
};
/* before Linux 6.1 */
struct mm_struct___list {
	struct vm_area_struct___list *mmap;
	struct rb_root mm_rb;
};

/* include/linux/signal_types.h: without SA_RESTORER an architecture has no sa_restorer */
struct sigaction___restorer { void *sa_restorer; };
struct kernel_siginfo___fault {
	union {
		struct {
			pid_t _pid;
			uid_t _uid;
		} _kill;
		struct {
			void *_addr;
		} _sigfault;
		struct {
			void *_call_addr;
			int _syscall;
			unsigned int _arch;
		} _sigsys;
	} _sifields;
};

/* arch/x86/include/asm/processor.h, arch/arm64/include/asm/processor.h */
struct thread_struct___x86 {
	unsigned long cr2;
	unsigned long trap_nr;
	unsigned long error_code;
};
struct thread_struct___arm64 {
	unsigned long fault_address;
	unsigned long fault_code;
};
struct task_struct___crash {
	unsigned long sas_ss_sp;
	unsigned long sas_ss_size;
};
struct task_struct___fault_x86 { struct thread_struct___x86 thread; };
struct task_struct___fault_arm64 { struct thread_struct___arm64 thread; };

/* arch/x86/include/asm/ptrace.h, arch/arm64/include/asm/ptrace.h */
struct pt_regs___x86_all {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8;
	unsigned long ax, cx, dx, si, di, orig_ax, ip, cs, sp;
};
struct pt_regs___arm64_all {
	u64 regs[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	int syscallno;
};

#pragma clang attribute pop
