/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The origin of a process: its ancestors, the process that forked it, its login, terminal, session,
 * host name and working directory. The process_origin follows the text of a record.
 */
#pragma once

#include "exe_path.bpf.h"
#include "forkers.bpf.h"
#include "pid_namespace.bpf.h"
#include "process.bpf.h"

#define PIDTYPE_PGID 2			/* enum pid_type in include/linux/pid_types.h */
#define PIDTYPE_SID 3
#define HOST_UTS_NS 0xeffffffe		/* PROC_UTS_INIT_INO in include/linux/proc_ns.h */
#define MAX_NODENAME 65			/* __NEW_UTS_LEN + 1 in include/uapi/linux/utsname.h */
#define MAX_TTY_NAME 64			/* in include/linux/tty.h */
#define NO_ID (~0U)

/* Returns where the process_origin of a record begins in its text. */
static __always_inline u32 origin_at(const struct exit_record *record)
{
	return (record->args_bytes + record->exe_bytes + 7) & ~7U;
}

/* Returns the process_origin of a record; NULL: there is no room. */
static __always_inline struct process_origin *origin_of(struct exit_record *record)
{
	u32 at = origin_at(record);

	if (at > 2 * TEXT_BYTES)
		return NULL;
	barrier_var(at); /* as in BOUND() */
	return (void *)record->text + at;
}

static __always_inline void set_identity(struct process_identity *identity, int pid, u64 start)
{
	identity->pid = pid;
	identity->start_time_ns = start;
}

/* Appends a kernel string to a record's text. Returns its bytes with the NUL; 0: it is empty. */
static __always_inline u32 append_string(struct exit_record *record, u32 at, u32 max,
					 const void *string)
{
	long bytes;

	if (at > MAX_PATH_AT + TEXT_BYTES)
		return 0;
	barrier_var(at);
	bytes = bpf_probe_read_kernel_str(record->text + at, max, string);
	return bytes > 1 && bytes <= max ? bytes : 0;
}

/* Returns where in a record's text the text of its origin begins. */
static __always_inline u32 origin_text_at(const struct exit_record *record,
					  const struct process_origin *origin)
{
	return origin_at(record) + __builtin_offsetof(struct process_origin, ancestors) +
	       origin->ancestor_count * sizeof(struct process_identity);
}

/*
 * Appends the working directory of a task. d_unlinked(): a mount's root is not hashed, but not
 * removed either.
 */
static __always_inline void append_cwd(struct exit_record *record, struct process_origin *origin,
				       struct fs_struct *fs, u32 slot)
{
	struct path *cwd = &fs->pwd;
	u32 bytes = write_own_path(true, slot, origin_text_at(record, origin));
	struct dentry *dentry = FIELD(cwd, dentry);

	if (bytes >= TEXT_BYTES)
		return;
	origin->cwd_bytes = bytes;
	record->flags |= EXIT_CWD_KNOWN;
	if (!FIELD(dentry, d_hash.pprev) && FIELD(dentry, d_parent) != dentry)
		record->flags |= EXIT_CWD_DELETED;
}

/*
 * Appends the host name of a UTS namespace and the terminal's name after the working directory.
 * Each address may be 0. Returns the bytes of the whole origin.
 */
static __always_inline u32 append_names(struct exit_record *record, struct process_origin *origin,
					struct uts_namespace *uts, struct tty_struct *tty)
{
	u32 at = origin_text_at(record, origin) + origin->cwd_bytes;

	origin->hostname_bytes = 0;
	if (uts)
		origin->hostname_bytes = append_string(record, at, MAX_NODENAME, &uts->name.nodename);
	at += origin->hostname_bytes;
	origin->tty_bytes = tty ? append_string(record, at, MAX_TTY_NAME, &tty->name) : 0;
	return at + origin->tty_bytes - origin_at(record);
}

static __always_inline void fill_login(struct process_origin *origin, u32 login_uid, u32 session_id)
{
	origin->login_uid = login_uid;
	origin->session_id = session_id;
}

/*
 * Fills in the ancestors of a process, the nearest first. Typed loads: the loop runs for each exit
 * that is recorded.
 */
static __always_inline void fill_ancestors(struct process_origin *origin,
					   struct task_struct *leader)
{
	struct task_struct *parent = parent_process(leader);
	u32 count = 0;

	for (int i = 0; i < MAX_ANCESTORS; i++) {
		struct process_identity *ancestor = &origin->ancestors[i];
		int pid = FIELD(parent, tgid);

		/* the idle task is the parent of init */
		if (!pid)
			break;
		set_identity(ancestor, pid, FIELD(parent, start_boottime));
		copy_comm(ancestor->comm, parent);
		parent = parent_process(parent);
		count = i + 1;
		count += opaque_zero;
	}
	origin->ancestor_count = count;
}

/* Appends the origin of an exiting task to its record. */
static __always_inline void fill_origin(struct exit_record *record, struct task_struct *task,
					struct task_struct *leader, u32 slot)
{
	struct process_origin *origin = origin_of(record);
	struct signal_struct *signal = FIELD(task, signal);
	struct nsproxy *namespaces = FIELD(task, nsproxy);
	struct fs_struct *fs = FIELD(task, fs);
	struct uts_namespace *uts = namespaces ? FIELD(namespaces, uts_ns) : NULL;

	record->origin_bytes = 0;
	if (!origin || !has_room_for_text())
		return;
	fill_forker(&origin->started_by, record->pid, record->start_time_ns, leader);
	if (bpf_core_field_exists(struct task_struct, loginuid))
		fill_login(origin, FIELD(task, loginuid.val), FIELD(task, sessionid));
	else
		fill_login(origin, NO_ID, NO_ID);
	origin->sid = FIELD(signal, pids[PIDTYPE_SID], numbers[0].nr);
	origin->pgid = FIELD(signal, pids[PIDTYPE_PGID], numbers[0].nr);
	fill_ancestors(origin, leader);
	if (uts && FIELD(uts, ns.inum) == HOST_UTS_NS)
		uts = NULL;
	origin->cwd_bytes = 0;
	if (fs)
		append_cwd(record, origin, fs, slot);
	record->origin_bytes = append_names(record, origin, uts, FIELD(signal, tty));
}
