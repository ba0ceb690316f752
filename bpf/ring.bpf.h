/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* The way to user space: the ring, what it could not take, and the paper on which records are written first. */
#ifndef __RING_BPF_H
#define __RING_BPF_H

#include "recorder.h"

#ifndef RING_BYTES
#define RING_BYTES (256 * 1024)
#endif

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, RING_BYTES);
} ring SEC(".maps");

/* exits that found the ring full */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, u64);
} lost SEC(".maps");

#define BPF_RB_AVAIL_DATA 0 /* include/uapi/linux/bpf.h */
#define BPF_RB_RING_SIZE 1

/*
 * Keeps the last quarter of the ring for exit records: no text, neither arguments nor paths, may
 * cause the loss of an exit, however long the texts are and however many processes exit at once.
 * Records of a package always have space for their texts.
 */
static bool has_room_for_text(void)
{
	return !sends_more ||
	       bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) < bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 4 * 3;
}

static __always_inline void count_lost(void)
{
	u32 only = 0;
	u64 *count = bpf_map_lookup_elem(&lost, &only);

	if (count)
		__sync_fetch_and_add(count, 1);
}

/*
 * Records are as long as their text, which the ring's reserve cannot be: they are composed here and copied. A CPU does not
 * enter a program that it is already in, so each program that writes has a sheet of its own.
 */
union sheet {
	struct exit_record exit;
	struct cgroup_record cgroup;
};

/* src/recorder/recorder.ts makes only as many, from the first on, as are needed: a machine may have thousands of CPUs. */
enum { SHEET_OF_EXIT, SHEET_OF_CGROUP, SHEET_OF_VICTIM, SHEET_OF_COMMAND, SHEETS };

/* The recorder's stand-in for exits that were left out (missed.bpf.h) has two more. */
#define SHEETS_OF_STAND_IN 2
#define EXIT_SHEET(is_stand_in) ((is_stand_in) ? SHEETS : SHEET_OF_EXIT)
#define CGROUP_SHEET(is_stand_in) ((is_stand_in) ? SHEETS + 1 : SHEET_OF_CGROUP)

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SHEETS + SHEETS_OF_STAND_IN);
	__type(key, u32);
	__type(value, union sheet);
} paper SEC(".maps");

static __always_inline void *sheet_of(u32 which)
{
	return bpf_map_lookup_elem(&paper, &which);
}

#endif
