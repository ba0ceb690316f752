/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The arguments of the last exec and the path of the executable, as /proc/PID/cmdline and exe show
 * them. Since about Linux 6.16 a process still has its memory when the exit tracepoint fires, but a
 * BPF program cannot fault in pages that are not present (swapped out, PROT_NONE, NUMA hinting,
 * unmapped). So the program copies the first REMEMBERED_ARGS bytes at exec. Before 6.16 a record
 * has only these; from then on they replace missing pages. Before 6.16 the program copies the
 * executable's path as well.
 */
#ifndef __COMMAND_BPF_H
#define __COMMAND_BPF_H

#include "ring.bpf.h"
#include "tracer.bpf.h"
#include "verifier.bpf.h"

#define MOST_ARGS (TEXT_BYTES - 1)	/* of a record's own text */
#define MOST_PIECES 33			/* 128 KiB of arguments, which may begin within a page */
#define MOST_NAMES 48			/* of directories and mounts on the way up */
#ifndef MOST_COMMANDS
#define MOST_COMMANDS 1			/* user space makes it larger where they must be remembered */
#endif
#define REMEMBERED_ARGS 1023
#define REMEMBERED_EXE 511
#define COMPARED_BYTES 32		/* bytes per comparison */

struct command {
	u64 start_boottime;
	u64 arg_start, arg_end;	/* mm_struct's; 0: unknown */
	u32 args_bytes, exe_bytes, flags;
	char args[REMEMBERED_ARGS + 1];
	char exe[REMEMBERED_EXE + 1];
};

/* Keyed by tgid. An entry is removed when its process exits. */
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

/*
 * One page of arguments that do not fit into a record. Returns whether it was sent. What a loop does in each round is global: the
 * verifier looks at it once and not once a round.
 */
__noinline int send_piece(u32 tid, u64 from, u32 offset, u64 bytes)
{
	struct args_record *piece = has_room_for_text() ? bpf_ringbuf_reserve(&ring, sizeof(*piece), 0) : NULL;

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

/*
 * Sends the arguments in pieces, none of which crosses a page, so that a missing page costs no byte
 * of the page before it. Stops at the first piece that cannot be read or reserved. Returns the
 * bytes sent. Global, so that the verifier treats the arguments as unknown and checks the loop
 * once.
 */
__noinline int send_pieces(u32 tid, u64 start, u64 length)
{
	u64 sent = 0;

	for (int i = 0; i < MOST_PIECES; i++) {
		u64 bytes = TEXT_BYTES - ((start + sent) & (TEXT_BYTES - 1));

		if (length <= sent)
			return length;
		if (bytes > length - sent)
			bytes = length - sent;
		if (!send_piece(tid, start + sent, sent, bytes))
			break;
		sent += bytes;
	}
	return sent;
}

/*
 * Returns the command stored for a process. start_boottime rules out an earlier process with the
 * same pid.
 */
static struct command *command_of(pid_t pid, u64 start_boottime)
{
	struct command *command = bpf_map_lookup_elem(&commands, &pid);

	/*
	 * User space fills in earlier processes from /proc/PID/stat, which counts in units of 1/100
	 * s (USER_HZ)
	 */
	if (command && command->start_boottime != start_boottime &&
	    command->start_boottime != start_boottime - start_boottime % 10000000)
		return NULL;
	return command;
}

/*
 * Compares at most COMPARED_BYTES of a process's stored arguments with the text of the scratch
 * record, from `from` up to `to`. Returns true if they are equal. Global: see send_pieces().
 */
__noinline int is_part_remembered(u32 slot, u32 pid, u32 from, u32 to)
{
	struct exit_record *record = sheet_of(slot);
	struct command *command = bpf_map_lookup_elem(&commands, &pid);

	if (!record || !command)
		return false;
	for (u32 i = 0; i < COMPARED_BYTES; i++) {
		u32 at = from + i;

		if (at >= to || at >= REMEMBERED_ARGS)
			return true;
		/*
		 * makes the verifier see the bound on the register that is used: clang 16 may check
		 * a copy of it
		 */
		barrier_var(at);
		at &= REMEMBERED_ARGS;
		if (record->text[at] != command->args[at])
			return false;
	}
	return true;
}

/*
 * Compares all stored arguments, by two short loops: the verifier would follow a single long loop
 * iteration by iteration.
 */
__noinline int is_text_remembered(u32 slot, u32 pid, u32 from, u32 to)
{
	for (u32 at = 0; at <= REMEMBERED_ARGS; at += COMPARED_BYTES) {
		if (from + at >= to)
			return true;
		if (!is_part_remembered(slot, pid, from + at, to))
			return false;
	}
	return true;
}

static bool read_text(struct exit_record *record, u32 at, u32 bytes, u64 from)
{
	barrier_var(at);
	at &= TEXT_BYTES - 1;
	barrier_var(bytes);
	bytes &= TEXT_BYTES - 1;
	return !bpf_probe_read_user(record->text + at, bytes, (void *)from);
}

/*
 * Recovers arguments with a missing page: takes the pages that can be read and joins the stored
 * bytes to them. If the two differ, the process has overwritten its arguments, and the stored bytes
 * are not used. Global: see send_pieces().
 */
__noinline int recover_args(u32 slot, u64 start, u64 length, u64 start_boottime)
{
	struct exit_record *record = sheet_of(slot);
	u32 bytes = length > MOST_ARGS ? MOST_ARGS : length, first = TEXT_BYTES - (start & (TEXT_BYTES - 1));
	u32 known = 0, remembered = 0, from, to;
	struct command *command;
	bool has_rest;

	if (!record)
		return 0;
	if (first > bytes)
		first = bytes;
	has_rest = first < bytes && read_text(record, first, bytes - first, start + first);
	if (read_text(record, 0, first, start))
		known = has_rest ? bytes : first;

	command = command_of(record->pid, start_boottime);
	if (command && (!command->arg_start || (command->arg_start == start && command->arg_end == start + length)))
		remembered = command->args_bytes;
	if (remembered > bytes)
		remembered = bytes;
	/* compares the bytes that both contain: the first page, or those behind it */
	from = known ? 0 : first;
	to = known ? known : has_rest ? remembered : 0;
	if (command && remembered > known && is_text_remembered(slot, record->pid, from, to)) {
		barrier_var(remembered);
		remembered &= REMEMBERED_ARGS;
		bpf_probe_read_kernel(record->text, remembered, command->args);
		known = !known && has_rest && remembered >= first ? bytes : remembered;
	}
	record->args_bytes = known;
	record->flags |= known ? EXIT_ARGS_KNOWN : 0;
	record->flags |= known < length ? EXIT_ARGS_CUT : 0;
	return 0;
}

/*
 * Recovers a process title if a page behind the first is missing, or if it cannot be read at all.
 * Global: see send_pieces().
 */
__noinline int recover_title(u32 slot, u64 start)
{
	struct exit_record *record = sheet_of(slot);
	u32 bytes = TEXT_BYTES - (start & (TEXT_BYTES - 1));

	if (!record)
		return 0;
	if (bytes > MOST_ARGS)
		bytes = MOST_ARGS;
	record->flags |= EXIT_ARGS_CUT;
	if (read_text(record, 0, bytes, start)) {
		record->args_bytes = bytes;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE;
	}
	return 0;
}

/* As proc_pid_cmdline: where the last byte is not a NUL, the process has written a title over its arguments, and maybe beyond. */
static __always_inline void add_args(struct exit_record *record, struct mm_struct *mm, u64 start_boottime, u32 slot)
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
		if (taken < 1 || taken > MOST_ARGS) {
			recover_title(slot, start);
			return;
		}
		record->args_bytes = taken;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE | (taken == MOST_ARGS ? EXIT_ARGS_CUT : 0);
		return;
	}
	if (length <= MOST_ARGS) {
		if (bpf_probe_read_user(record->text, length & MOST_ARGS, (void *)start)) {
			recover_args(slot, start, length, start_boottime);
			return;
		}
		record->args_bytes = length;
		record->flags |= EXIT_ARGS_KNOWN;
	} else if (sends_more && record->flags & EXIT_OF_PROCESS) {
		u64 sent = send_pieces(record->tid, start, length);

		/*
		 * the record's own text may hold more; if the ring is nearly full, no attempt is
		 * made
		 */
		if (sent < MOST_ARGS && has_room_for_text()) {
			recover_args(slot, start, length, start_boottime);
			return;
		}
		record->flags |= sent ? EXIT_ARGS_KNOWN | EXIT_ARGS_BEFORE : 0;
		record->flags |= sent < length ? EXIT_ARGS_CUT : 0;
	} else if (!bpf_probe_read_user(record->text, MOST_ARGS, (void *)start)) {
		record->args_bytes = MOST_ARGS;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_CUT;
	} else {
		recover_args(slot, start, length, start_boottime);
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

/*
 * Fills in the arguments stored at the last exec of the process, or of the parent that forked it.
 */
static __always_inline void recall_command(struct exit_record *record, u64 start_boottime)
{
	struct command *command = command_of(record->pid, start_boottime);
	u32 args, exe;

	if (!command)
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
}

/*
 * Called when the last thread of a process exits, whether it is reported or not: the map holds
 * living processes only.
 */
static __always_inline void forget_command(pid_t pid)
{
	bpf_map_delete_elem(&commands, &pid);
}

static __always_inline void add_command(struct exit_record *record, struct task_struct *task, u64 start_boottime, u32 sheet)
{
	struct mm_struct *mm = READ(task, mm);

	if (!keeps_memory())
		return recall_command(record, start_boottime);
	if (!mm)
		return;
	add_args(record, mm, start_boottime, sheet);
	add_exe(record, mm, sheet);
}

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct command);
} command_sheet SEC(".maps");

/*
 * Copies the path of the executable: before Linux 6.16 the process has lost it by the exit
 * tracepoint.
 */
static __always_inline void remember_exe(struct command *command, struct mm_struct *mm)
{
	struct exit_record *record = sheet_of(SHEET_OF_COMMAND);
	u32 exe;

	if (!record)
		return;
	record->flags = 0;
	record->args_bytes = 0;
	record->exe_bytes = 0;
	add_exe(record, mm, SHEET_OF_COMMAND);
	exe = record->exe_bytes;
	if (exe > REMEMBERED_EXE)
		return;
	barrier_var(exe);
	exe &= REMEMBERED_EXE;
	copy(command->exe, record->text, exe);
	command->exe_bytes = exe;
	command->flags |= record->flags;
}

/* TP_PROTO(struct task_struct *p, pid_t old_pid, struct linux_binprm *bprm) */
SEC(TRACEPOINT("sched_process_exec"))
int remember_command(u64 *ctx)
{
	struct task_struct *task = (struct task_struct *)ctx[0];
	struct mm_struct *mm = READ(task, mm);
	pid_t pid = READ(task, tgid);
	struct command *command;
	u32 only = 0, bytes;
	u64 length;

	command = bpf_map_lookup_elem(&command_sheet, &only);
	if (!command || !mm)
		return 0;
	command->start_boottime = READ(task, group_leader, start_boottime);
	command->arg_start = READ(mm, arg_start);
	command->arg_end = READ(mm, arg_end);
	length = command->arg_end - command->arg_start;
	bytes = length > REMEMBERED_ARGS ? REMEMBERED_ARGS : length;
	barrier_var(bytes);
	bytes &= REMEMBERED_ARGS;
	command->flags = length > REMEMBERED_ARGS ? EXIT_ARGS_CUT : 0;
	command->args_bytes = 0;
	command->exe_bytes = 0;
	if (!bpf_probe_read_user(command->args, bytes, (void *)command->arg_start)) {
		command->args_bytes = bytes;
		command->flags |= EXIT_ARGS_KNOWN;
	}
	if (!keeps_memory())
		remember_exe(command, mm);
	bpf_map_update_elem(&commands, &pid, command, BPF_ANY);
	return 0;
}

/* A child has its parent's arguments and executable until it calls exec. */
static void inherit_command(pid_t parent, struct task_struct *child, pid_t pid)
{
	struct command *command;

	command = bpf_map_lookup_elem(&commands, &parent);
	if (command)
		bpf_map_update_elem(&commands, &pid, command, BPF_ANY);
	command = bpf_map_lookup_elem(&commands, &pid);
	if (command)
		command->start_boottime = READ(child, start_boottime);
}

#endif
