/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * What it was: the arguments of its last exec and the path of its executable, as /proc/PID/cmdline and exe show them. Since about
 * Linux 6.16 a process still has its memory when the exit tracepoint fires; before, both are remembered at exec.
 */
#ifndef __COMMAND_BPF_H
#define __COMMAND_BPF_H

#include "ring.bpf.h"
#include "tracer.bpf.h"
#include "verifier.bpf.h"

#define MOST_ARGS (TEXT_BYTES - 1)	/* of a record's own text */
#define MOST_PIECES 32			/* 128 KiB of arguments */
#define MOST_NAMES 48			/* of directories and mounts on the way up */
#define BPF_RB_AVAIL_DATA 0		/* include/uapi/linux/bpf.h */
#define BPF_RB_RING_SIZE 1
#ifndef MOST_COMMANDS
#define MOST_COMMANDS 1			/* user space makes it larger where they must be remembered */
#endif
#define REMEMBERED_ARGS 1023
#define REMEMBERED_EXE 511

struct command {
	u64 start_boottime;
	u32 args_bytes, exe_bytes, flags;
	char args[REMEMBERED_ARGS + 1];
	char exe[REMEMBERED_EXE + 1];
};

/* older kernels only: by tgid */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST_COMMANDS);
	__type(key, pid_t);
	__type(value, struct command);
} commands SEC(".maps");

/* whether a process that dies still has its memory */
static __always_inline bool keeps_memory(void)
{
	return bpf_core_field_exists(struct trace_event_raw_sched_process_exit, group_dead);
}

/* Deaths come first: the last quarter of the ring is not for long arguments, however many a process may die with. */
static bool has_room_for_pieces(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 4 * 3;
}

/*
 * One page of arguments that do not fit into a record. Returns whether it was sent. What a loop does in each round is global: the
 * verifier looks at it once and not once a round.
 */
__noinline int send_piece(u32 tid, u64 from, u32 offset, u64 bytes)
{
	struct args_record *piece = has_room_for_pieces() ? bpf_ringbuf_reserve(&ring, sizeof(*piece), 0) : NULL;

	if (!piece)
		return 0;
	if (bytes > TEXT_BYTES)
		bytes = TEXT_BYTES;
	/* the verifier must find the bound in the register that is used */
	barrier_var(bytes);
	piece->kind = RECORD_ARGS;
	piece->tid = tid;
	piece->offset = offset;
	piece->bytes = bytes;
	if (bpf_probe_read_user(piece->text, bytes, (void *)from)) {
		bpf_ringbuf_discard(piece, 0);
		return 0;
	}
	bpf_ringbuf_submit(piece, 0);
	return 1;
}

/* All of them; what cannot be had ends them. Returns how many bytes were sent. Global, as what a caller knows is nothing to a loop. */
__noinline int send_pieces(u32 tid, u64 start, u64 length)
{
	for (u32 sent = 0; sent < MOST_PIECES * TEXT_BYTES; sent += TEXT_BYTES) {
		if (length <= sent)
			return length;
		if (!send_piece(tid, start + sent, sent, length - sent))
			return sent;
	}
	return MOST_PIECES * TEXT_BYTES;
}

/* As proc_pid_cmdline: where the last byte is not a NUL, the process has written a title over its arguments, and maybe beyond. */
static __always_inline void add_args(struct exit_record *record, struct mm_struct *mm)
{
	u64 start = READ(mm, arg_start), end = READ(mm, arg_end), length = end - start;
	u8 last = 0;
	long taken;

	if (!start || end < start)
		return;
	if (length == 0) {
		record->flags |= EXIT_ARGS_KNOWN;
		return;
	}
	if (!bpf_probe_read_user(&last, 1, (void *)(end - 1)) && last) {
		taken = bpf_probe_read_user_str(record->text, MOST_ARGS, (void *)start);
		if (taken < 1 || taken > MOST_ARGS)
			return;
		record->args_bytes = taken;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE | (taken == MOST_ARGS ? EXIT_ARGS_CUT : 0);
		return;
	}
	if (length <= MOST_ARGS) {
		if (bpf_probe_read_user(record->text, length & MOST_ARGS, (void *)start))
			return;
		record->args_bytes = length;
		record->flags |= EXIT_ARGS_KNOWN;
	} else if (sends_more && record->flags & EXIT_OF_PROCESS) {
		u64 sent = send_pieces(record->tid, start, length);

		record->flags |= sent ? EXIT_ARGS_KNOWN | EXIT_ARGS_BEFORE : 0;
		record->flags |= sent < length ? EXIT_ARGS_CUT : 0;
	} else if (!bpf_probe_read_user(record->text, MOST_ARGS, (void *)start)) {
		record->args_bytes = MOST_ARGS;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_CUT;
	}
}

/* Members that lie together, read at once: each reading is a call. Where a kernel keeps them apart, they are read one by one. */
struct beginning {
	u8 bytes[64];
};

#define BEGINNING_OF(block, object) bpf_probe_read_kernel(&(block), sizeof(block), object)
#define MEMBER(block, object, type, member)                                                                    \
	(bpf_core_field_offset(struct type, member) <= sizeof(struct beginning) - sizeof(void *) ?             \
		 *(void **)((block).bytes + bpf_core_field_offset(struct type, member)) :                    \
		 (void *)BPF_CORE_READ((struct type *)(object), member))

/*
 * The names from the leaf to the tracer's root go behind the arguments on the sheet, a NUL behind each; user space turns them
 * round. What lies outside of that root is named from the real one on, as everything is where we could not look around.
 * Returns how many bytes they take, 0 where they do not fit.
 */
__noinline int read_path(u64 mount_address, u64 dentry_address, u32 sheet)
{
	struct exit_record *record = sheet_of(sheet);
	struct dentry *dentry = (void *)dentry_address, *root, *up;
	struct mount *mount = (void *)mount_address, *parent;
	struct beginning entry, crossing;
	u32 at, bytes = unknown_zero & (TEXT_BYTES - 1);

	if (!record)
		return 0;
	at = record->args_bytes;
	if (at > MOST_ARGS)
		return 0;
	BEGINNING_OF(crossing, mount);
	root = MEMBER(crossing, mount, mount, mnt.mnt_root);
	for (int i = 0; i < MOST_NAMES; i++) {
		long length;

		if (root_dentry && (u64)dentry == root_dentry && (u64)mount == root_mount)
			return bytes;
		if (dentry == root) {
			parent = MEMBER(crossing, mount, mount, mnt_parent);
			if (parent == mount || !parent)
				return bytes;
			dentry = MEMBER(crossing, mount, mount, mnt_mountpoint);
			mount = parent;
			BEGINNING_OF(crossing, mount);
			root = MEMBER(crossing, mount, mount, mnt.mnt_root);
			continue;
		}
		if (bytes > TEXT_BYTES - 2 * NAME_BYTES)
			return 0;
		BEGINNING_OF(entry, dentry);
		up = MEMBER(entry, dentry, dentry, d_parent);
		length = bpf_probe_read_kernel_str(record->text + at + bytes, NAME_BYTES,
						   MEMBER(entry, dentry, dentry, d_name.name));
		if (length < 1 || length > NAME_BYTES)
			return 0;
		bytes += length;
		bytes += unknown_zero;
		bytes &= TEXT_BYTES - 1;
		/* below no directory at all */
		if (up == dentry)
			return bytes;
		dentry = up;
	}
	return 0;
}

static __always_inline void add_exe(struct exit_record *record, struct mm_struct *mm, u32 sheet)
{
	struct file *file = READ(mm, exe_file);
	struct path path;
	u32 bytes;

	if (!file || bpf_probe_read_kernel(&path, sizeof(path), &file->f_path) || !path.dentry || !path.mnt)
		return;
	bytes = read_path((u64)path.mnt - bpf_core_field_offset(struct mount, mnt), (u64)path.dentry, sheet);
	if (!bytes || bytes > TEXT_BYTES)
		return;
	record->exe_bytes = bytes;
	record->flags |= EXIT_EXE_KNOWN;
	if (!BPF_CORE_READ(path.dentry, d_hash.pprev))
		record->flags |= EXIT_EXE_DELETED;
}

/* Copies what stands on another page of ours. */
static __always_inline void copy(char *to, const char *from, u32 bytes)
{
	bpf_probe_read_kernel(to, bytes, from);
}

/* What was remembered of it at its exec, or of the parent that it was forked from. */
static __always_inline void recall_command(struct exit_record *record, u64 start_boottime)
{
	pid_t pid = record->pid;
	struct command *command = bpf_map_lookup_elem(&commands, &pid);
	u32 args, exe;

	/* those who were there before us are known from /proc, which counts in 1/100 s (USER_HZ) */
	if (!command || (command->start_boottime != start_boottime &&
			 command->start_boottime != start_boottime - start_boottime % 10000000))
		return;
	args = command->args_bytes;
	exe = command->exe_bytes;
	/* older verifiers forget what they know of a number that goes by the stack */
	barrier_var(args);
	args &= REMEMBERED_ARGS;
	copy(record->text, command->args, args);
	barrier_var(exe);
	exe &= REMEMBERED_EXE;
	copy(record->text + args, command->exe, exe);
	record->args_bytes = args;
	record->exe_bytes = exe;
	record->flags |= command->flags;
	if (record->flags & EXIT_OF_PROCESS)
		bpf_map_delete_elem(&commands, &pid);
}

/* The memory's own words, where the process still has it. */
static __always_inline void add_command(struct exit_record *record, struct task_struct *task, u64 start_boottime, u32 sheet)
{
	struct mm_struct *mm = READ(task, mm);

	if (!keeps_memory())
		return recall_command(record, start_boottime);
	if (!mm)
		return;
	add_args(record, mm);
	add_exe(record, mm, sheet);
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct command);
} command_sheet SEC(".maps");

/* TP_PROTO(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm); for older kernels only */
SEC(TRACEPOINT("sched_process_exec"))
int remember_command(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct exit_record *record = sheet_of(SHEET_OF_COMMAND);
	struct mm_struct *mm = READ(task, mm);
	pid_t pid = READ(task, tgid);
	struct command *command;
	u32 only = 0, args, exe;

	if (keeps_memory())
		return 0;
	command = bpf_map_lookup_elem(&command_sheet, &only);
	if (!record || !command || !mm)
		return 0;
	/* no longer than what fits: a thread's are cut instead of being sent in pieces */
	record->flags = 0;
	record->args_bytes = 0;
	record->exe_bytes = 0;
	add_args(record, mm);
	args = record->args_bytes;
	record->args_bytes = 0;
	if (args > REMEMBERED_ARGS) {
		args = REMEMBERED_ARGS;
		record->flags |= EXIT_ARGS_CUT;
	}
	barrier_var(args);
	args &= REMEMBERED_ARGS;
	copy(command->args, record->text, args);
	add_exe(record, mm, SHEET_OF_COMMAND);
	exe = record->exe_bytes;
	if (exe > REMEMBERED_EXE) {
		exe = 0;
		record->flags &= ~(EXIT_EXE_KNOWN | EXIT_EXE_DELETED);
	}
	barrier_var(exe);
	exe &= REMEMBERED_EXE;
	copy(command->exe, record->text, exe);
	command->args_bytes = args;
	command->exe_bytes = exe;
	command->flags = record->flags;
	command->start_boottime = READ(task, group_leader, start_boottime);
	bpf_map_update_elem(&commands, &pid, command, BPF_ANY);
	return 0;
}

/* A child that only forked has its parent's command. */
static void inherit_command(pid_t parent, struct task_struct *child, pid_t pid)
{
	struct command *command;

	if (keeps_memory())
		return;
	command = bpf_map_lookup_elem(&commands, &parent);
	if (command)
		bpf_map_update_elem(&commands, &pid, command, BPF_ANY);
	command = bpf_map_lookup_elem(&commands, &pid);
	if (command)
		command->start_boottime = READ(child, start_boottime);
}

#endif
