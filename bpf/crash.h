/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The records of a crash. The program on_crash sends them before the exit_record: the crash_record,
 * the executable mappings, the stack, and last the crash_end. All have the thread and the start
 * time of its process. src/native/core/ reads them as well.
 */
#pragma once

enum crash_constant {
	CRASH_REGISTERS = 33,		/* x86-64 uses 17 of them */
	CRASH_STACK_BYTES = 4096,	/* in a crash_stack */
	MAX_CRASH_PIECES = 8,		/* of each of the two stacks, besides a part of a page */
	MAX_CRASH_MODULES = 96,
	MODULE_NAME_BYTES = 2048,	/* of one of a module's two paths; a power of two */
	BUILD_ID_BYTES = 20,
	ABORT_MESSAGE_BYTES = 256,
};

/* bits of `flags` in a crash_record, the first, and in a crash_end */
enum crash_flags {
	CRASH_IS_32BIT = 1,
	CRASH_STACK_DROPPED = 2,	/* the ring had no room for the stack */
	CRASH_MODULES_DROPPED = 4,
	CRASH_STACK_MISSING = 8,	/* too many pages from the stack pointer on are not present */
	CRASH_MODULES_CUT = 16,		/* there are more mappings than are visited or sent */
};

/* bits of `flags` in a crash_module */
enum crash_module_flags {
	MODULE_HAS_FILE = 1,
	MODULE_DELETED = 2,		/* the file was removed */
	MODULE_IS_VDSO = 4,
	MODULE_IN_OWN_NS = 8,		/* its mount is in the tracer's mount namespace */
	MODULE_HAS_BIAS = 16,
};

/* bits of `flags` in a crash_stack */
enum crash_stack_flags {
	STACK_IS_CUT = 1,		/* the last one that is sent of a stack with more pages */
};

/* A memory mapping; zeros: there is none. */
struct crash_mapping {
	unsigned long long start;
	unsigned long long end;
	unsigned long long flags;	/* VM_* of include/linux/mm.h */
};

/* Registers in the order of DWARF, the instruction pointer last: 17 on x86-64, 33 on arm64. */
struct crash_context {
	unsigned long long registers[CRASH_REGISTERS];
	unsigned long long trap;	/* x86-64 only */
	unsigned long long error_code;
	unsigned long long fault_address;	/* cr2; stale unless the trap is a page fault */
	struct crash_mapping stack;	/* the mapping at the stack pointer or the next one */
};

/* The facts about a crash. */
struct crash_record {
	unsigned short kind;
	unsigned short signal;
	unsigned int flags;
	int pid;
	int tid;
	unsigned long long start_time_ns;	/* with the pid, the identity of the process */
	int code;			/* si_code */
	int syscall;			/* of SIGSYS */
	unsigned long long address;	/* si_addr */
	int sender_pid;			/* in the PID namespace of the crashed process */
	int ns_pid;			/* its own pid there */
	struct crash_context context;
	struct crash_mapping ip;	/* the mapping at the instruction pointer or the next one */
	unsigned long long heap_start, heap_end;
	unsigned long long vdso;
	unsigned long long restorer;	/* the return address of signal handlers */
	unsigned long long interrupted_sp;	/* where a signal left the stack for the alternate one, or 0 */
	struct crash_mapping interrupted_stack;
	char thread[16];
};

/* The end of a crash's records: what was found while the others were sent. */
struct crash_end {
	unsigned short kind;
	unsigned short reserved;
	int tid;
	unsigned long long start_time_ns;
	unsigned int flags;
	unsigned int message_bytes;
	char message[ABORT_MESSAGE_BYTES];	/* glibc's __abort_msg */
};

/* An executable mapping. */
struct crash_module {
	unsigned short kind;
	unsigned short flags;
	int tid;
	unsigned long long start_time_ns;
	unsigned long long start;
	unsigned long long end;
	unsigned long long offset;	/* in the file */
	unsigned long long bias;	/* of the file's own addresses beyond its offsets */
	unsigned long long inode;
	unsigned int device;		/* MKDEV() of include/linux/kdev_t.h: major << 20 | minor */
	unsigned int build_id_bytes;
	unsigned char build_id[BUILD_ID_BYTES];
	unsigned int path_bytes;
	unsigned int real_bytes;	/* of the path in the file system itself, without mounts */
	unsigned int reserved;
	char text[2 * MODULE_NAME_BYTES + 256]; /* names from the leaf up, each with a NUL */
};

/* Memory of the stack, within one page. */
struct crash_stack {
	unsigned short kind;
	unsigned short flags;
	int tid;
	unsigned long long start_time_ns;
	unsigned long long address;
	unsigned int bytes;
	unsigned int reserved;
	char data[CRASH_STACK_BYTES];
};
