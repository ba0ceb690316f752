/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Reads the arguments of an exiting process from its memory, and from those stored at exec. */
#pragma once

#include "ring.bpf.h"
#include "scratch.bpf.h"

#define MAX_ARGS (TEXT_BYTES - 1)	/* bytes in an exit_record */
#define MAX_ARGS_CHUNKS 33		/* 128 KiB of arguments that begin within a page */
#define COMPARED_BYTES 32		/* per call of is_part_stored() */

struct exec_info {
	u64 start_boottime;
	u64 arg_start, arg_end;	/* mm_struct's; 0: unknown */
	u32 args_bytes, exe_bytes, flags;
	char args[MAX_STORED_ARGS + 1];
	char exe[MAX_STORED_EXE + 1];
};

/* Keyed by tgid. User space enlarges the map if it is used. */
MAP(exec_infos, LRU_HASH, IS_PACKAGE ? MAX_EXEC_INFOS : 1, pid_t, struct exec_info);

/* Sends the part of long arguments that lies in one page. Returns true if it was sent. */
VERIFY_ONCE int emit_args_chunk(u32 tid, u64 from, u32 offset, u64 bytes)
{
	struct args_record *chunk = NULL;

	if (has_room_for_text())
		chunk = bpf_ringbuf_reserve(&ring, sizeof(*chunk), 0);
	if (!chunk)
		return 0;
	if (bytes > TEXT_BYTES)
		bytes = TEXT_BYTES;
	barrier_var(bytes); /* as in BOUND() */
	chunk->kind = RECORD_ARGS;
	chunk->tid = tid;
	chunk->offset = offset;
	chunk->bytes = bytes;
	if (bpf_probe_read_user(chunk->text, bytes, (void *)from)) {
		bpf_ringbuf_discard(chunk, 0);
		return 0;
	}
	bpf_ringbuf_submit(chunk, 0);
	return 1;
}

/*
 * Sends the arguments in chunks, none of which crosses a page, so that a missing page costs no
 * byte of the page before it. Stops at the first chunk that cannot be read or reserved. Returns
 * the bytes sent.
 */
VERIFY_ONCE int emit_args(u32 tid, u64 start, u64 length)
{
	u64 sent = 0;

	for (int i = 0; i < MAX_ARGS_CHUNKS; i++) {
		u64 bytes = TEXT_BYTES - ((start + sent) & (TEXT_BYTES - 1));

		if (length <= sent)
			return length;
		if (bytes > length - sent)
			bytes = length - sent;
		if (!emit_args_chunk(tid, start + sent, sent, bytes))
			break;
		sent += bytes;
	}
	return sent;
}

/*
 * Returns the info stored for a process. start_boottime rules out an earlier process with the same
 * pid. User space stores running processes, whose start time /proc/PID/stat has in clock ticks.
 */
static struct exec_info *lookup_exec_info(pid_t pid, u64 start_boottime)
{
	struct exec_info *info = bpf_map_lookup_elem(&exec_infos, &pid);

	if (info && info->start_boottime != start_boottime &&
	    info->start_boottime != start_boottime - start_boottime % NS_PER_CLOCK_TICK)
		return NULL;
	return info;
}

/*
 * Returns true if the text of the scratch record from `from` up to `to`, but at most COMPARED_BYTES
 * of it, is equal to the arguments stored for the process.
 */
VERIFY_ONCE int is_part_stored(u32 slot, u32 pid, u32 from, u32 to)
{
	struct exit_record *record = scratch_record(slot);
	struct exec_info *info = bpf_map_lookup_elem(&exec_infos, &pid);

	if (!record || !info)
		return false;
	for (u32 i = 0; i < COMPARED_BYTES; i++) {
		u32 at = from + i;

		if (at >= to || at >= MAX_STORED_ARGS)
			return true;
		BOUND(at, MAX_STORED_ARGS);
		if (record->text[at] != info->args[at])
			return false;
	}
	return true;
}

/*
 * Returns is_part_stored() of all bytes from `from` up to `to`. Two short loops, since the verifier
 * would follow a single long one iteration by iteration.
 */
VERIFY_ONCE int is_text_stored(u32 slot, u32 pid, u32 from, u32 to)
{
	for (u32 at = 0; at <= MAX_STORED_ARGS; at += COMPARED_BYTES) {
		if (from + at >= to)
			return true;
		if (!is_part_stored(slot, pid, from + at, to))
			return false;
	}
	return true;
}

static bool read_text(struct exit_record *record, u32 at, u32 bytes, u64 from)
{
	BOUND(at, TEXT_BYTES - 1);
	BOUND(bytes, TEXT_BYTES - 1);
	return !bpf_probe_read_user(record->text + at, bytes, (void *)from);
}

/*
 * Reads arguments of which a page is missing: the pages that are present, and the stored bytes for
 * the others. If both have a byte and it differs, the process has overwritten its arguments, and
 * the stored bytes are not used.
 */
VERIFY_ONCE int recover_args(u32 slot, u64 start, u64 length, u64 start_boottime)
{
	struct exit_record *record = scratch_record(slot);
	u32 bytes = length > MAX_ARGS ? MAX_ARGS : length;
	u32 first = TEXT_BYTES - (start & (TEXT_BYTES - 1));
	u32 known = 0, stored = 0, from, to;
	struct exec_info *info;
	bool has_rest;

	if (!record)
		return 0;
	if (first > bytes)
		first = bytes;
	has_rest = first < bytes && read_text(record, first, bytes - first, start + first);
	if (read_text(record, 0, first, start))
		known = has_rest ? bytes : first;

	info = with_stored_args ? lookup_exec_info(record->pid, start_boottime) : NULL;
	if (info && (!info->arg_start ||
		     (info->arg_start == start && info->arg_end == start + length)))
		stored = info->args_bytes;
	if (stored > bytes)
		stored = bytes;
	/* the bytes that both contain: all that were read, or those from the second page on */
	from = known ? 0 : first;
	to = known ? known : has_rest ? stored : 0;
	if (info && stored > known && is_text_stored(slot, record->pid, from, to)) {
		BOUND(stored, MAX_STORED_ARGS);
		bpf_probe_read_kernel(record->text, stored, info->args);
		known = !known && has_rest && stored >= first ? bytes : stored;
	}
	record->args_bytes = known;
	record->flags |= known ? EXIT_ARGS_KNOWN : 0;
	record->flags |= known < length ? EXIT_ARGS_TRUNCATED : 0;
	return 0;
}

/* Reads the first page of a process title of which a later page is missing. */
VERIFY_ONCE int recover_title(u32 slot, u64 start)
{
	struct exit_record *record = scratch_record(slot);
	u32 bytes = TEXT_BYTES - (start & (TEXT_BYTES - 1));

	if (!record)
		return 0;
	if (bytes > MAX_ARGS)
		bytes = MAX_ARGS;
	record->flags |= EXIT_ARGS_TRUNCATED;
	if (read_text(record, 0, bytes, start)) {
		record->args_bytes = bytes;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE;
	}
	return 0;
}

static __always_inline void fill_title(struct exit_record *record, u64 start, u32 slot)
{
	long bytes = bpf_probe_read_user_str(record->text, MAX_ARGS, (void *)start);

	if (bytes < 1 || bytes > MAX_ARGS) {
		recover_title(slot, start);
		return;
	}
	record->args_bytes = bytes;
	record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_TITLE;
	record->flags |= bytes == MAX_ARGS ? EXIT_ARGS_TRUNCATED : 0;
}

/*
 * Fills in the arguments as get_mm_cmdline() in fs/proc/base.c finds them. If their last byte is
 * not a NUL, the process has overwritten them with a title, which may extend beyond them.
 */
static __always_inline void fill_args(struct exit_record *record, u64 start, u64 end,
				      u64 start_boottime, u32 slot)
{
	u64 length = end - start, sent;
	u8 last = 0;

	if (!start || end < start)
		return;
	if (length == 0) {
		record->flags |= EXIT_ARGS_KNOWN;
		return;
	}
	if (!bpf_probe_read_user(&last, 1, (void *)(end - 1)) && last) {
		fill_title(record, start, slot);
		return;
	}
	if (length <= MAX_ARGS) {
		if (bpf_probe_read_user(record->text, length & MAX_ARGS, (void *)start)) {
			recover_args(slot, start, length, start_boottime);
			return;
		}
		record->args_bytes = length;
		record->flags |= EXIT_ARGS_KNOWN;
	} else if (sends_side_records && record->flags & EXIT_OF_PROCESS) {
		sent = emit_args(record->tid, start, length);
		/* the exit_record itself may have room for more bytes than were sent */
		if (sent < MAX_ARGS && has_room_for_text()) {
			recover_args(slot, start, length, start_boottime);
			return;
		}
		record->flags |= sent ? EXIT_ARGS_KNOWN | EXIT_ARGS_IN_CHUNKS : 0;
		record->flags |= sent < length ? EXIT_ARGS_TRUNCATED : 0;
	} else if (!bpf_probe_read_user(record->text, MAX_ARGS, (void *)start)) {
		record->args_bytes = MAX_ARGS;
		record->flags |= EXIT_ARGS_KNOWN | EXIT_ARGS_TRUNCATED;
	} else {
		recover_args(slot, start, length, start_boottime);
	}
}
