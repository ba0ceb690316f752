/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/* Sends an executable mapping of a crashed process. */
#pragma once

#include "crash_build_id.bpf.h"
#include "crash_mappings.bpf.h"
#include "crash_path.bpf.h"
#include "ring.bpf.h"
#include "siginfo.h"

/*
 * The address of __abort_msg in a file of glibc, which keeps the message of abort() there, by the
 * file's build id, or by its inode and device: in a child that has called no exec, the page with
 * the build id is often missing. User space fills this for the libraries that it finds.
 */
struct abort_message_key {
	u64 inode;
	u32 device;
	u8 build_id[BUILD_ID_BYTES];
};

MAP(abort_messages, HASH, 32, struct abort_message_key, u64);

/* Returns true if the ring is less than 3/4 full, so that modules cannot crowd out exits. */
static bool has_room_for_modules(void)
{
	return bpf_ringbuf_query(&ring, BPF_RB_AVAIL_DATA) <
	       bpf_ringbuf_query(&ring, BPF_RB_RING_SIZE) / 4 * 3;
}

/* Reads glibc's struct abort_msg_s: the size of the text, and the text. */
VERIFY_ONCE int read_abort_message(u64 header)
{
	struct crash_scratch *s = crash_scratch();
	struct abort_message_key key;
	u64 *address, message = 0;
	long length;

	if (!s)
		return 0;
	__builtin_memset(&key, 0, sizeof(key));
	if (s->module.build_id_bytes == BUILD_ID_BYTES) {
		__builtin_memcpy(key.build_id, s->module.build_id, BUILD_ID_BYTES);
	} else {
		key.inode = s->module.inode;
		key.device = s->module.device;
	}
	address = bpf_map_lookup_elem(&abort_messages, &key);
	if (!address || bpf_probe_read_user(&message, 8, (void *)(header + *address)))
		return 0;
	if (s->record.flags & CRASH_IS_32BIT)
		message = (u32)message;
	if (!message)
		return 0;
	length = bpf_probe_read_user_str(s->end.message, ABORT_MESSAGE_BYTES,
					 (void *)(message + 4));
	if (length > 0)
		s->end.message_bytes = length;
	return 0;
}

/* Sends a mapping with what is known of its file. Returns 1 if it was sent. */
VERIFY_ONCE int send_module(u64 vma_address)
{
	struct vm_area_struct *vma = (void *)vma_address;
	struct crash_scratch *s = crash_scratch();
	struct file___crash *file;
	u64 header = 0, bytes;

	if (!s)
		return 0;
	if (!has_room_for_modules()) {
		s->end.flags |= CRASH_MODULES_DROPPED;
		return 0;
	}
	s->module.kind = RECORD_CRASH_MODULE;
	s->module.flags = 0;
	s->module.tid = s->record.tid;
	s->module.start_time_ns = s->record.start_time_ns;
	s->module.start = BPF_CORE_READ(vma, vm_start);
	s->module.end = BPF_CORE_READ(vma, vm_end);
	s->module.offset = BPF_CORE_READ(vma, vm_pgoff) * page_size;
	s->module.bias = 0;
	s->module.inode = 0;
	s->module.device = 0;
	s->module.build_id_bytes = 0;
	s->module.path_bytes = 0;
	s->module.real_bytes = 0;
	file = BPF_CORE_READ(vma, vm_file);
	if (file) {
		s->module.flags |= MODULE_HAS_FILE;
		s->module.inode = BPF_CORE_READ(file, f_inode, i_ino);
		s->module.device = BPF_CORE_READ(file, f_inode, i_sb, s_dev);
		fill_module_paths((u64)file);
		if (!s->module.offset)
			header = s->module.start;
		else if (s->header_file == (u64)file)
			header = s->header;
		if (header)
			read_build_id(header);
		if (header && s->record.signal == SIGABRT && !s->end.message_bytes)
			read_abort_message(header);
	} else if (s->module.start == s->record.vdso) {
		s->module.flags |= MODULE_IS_VDSO;
	}
	if (!is_own_mapping(vma_address) || BPF_CORE_READ(vma, vm_start) != s->module.start)
		return 0;
	bytes = s->module.path_bytes + s->module.real_bytes;
	barrier_var(bytes); /* as in BOUND() */
	if (bytes > 2 * MODULE_NAME_BYTES)
		return 0;
	bytes += __builtin_offsetof(struct crash_module, text);
	if (bpf_ringbuf_output(&ring, &s->module, bytes, wakeup_flag())) {
		s->end.flags |= CRASH_MODULES_DROPPED;
		return 0;
	}
	return 1;
}
