// SPDX-License-Identifier: MIT
/* Parses the records of a crash, which come in a batch, and the paths of its modules. */
#include <stddef.h>
#include <string.h>
#include "../../../bpf/recorder.h"
#include "core.h"
#include "unwind.h"

int add_records(struct unwinder *u, const uint8_t *input, uint32_t bytes)
{
	struct record_head head;
	const struct crash_end *end = NULL;

	for (uint32_t at = 0; bytes - at >= sizeof(head);) {
		const void *record = input + at + sizeof(head);
		uint16_t kind;

		memcpy(&head, input + at, sizeof(head));
		if (head.size < sizeof(kind) || head.size > bytes - at - sizeof(head))
			break;
		memcpy(&kind, record, sizeof(kind));
		if (kind == RECORD_CRASH && head.size >= sizeof(struct crash_record))
			u->record = record;
		else if (kind == RECORD_CRASH_MODULE && u->module_count < MAX_CRASH_MODULES &&
			 head.size >= offsetof(struct crash_module, text))
			u->modules[u->module_count++] = (struct unwind_module){ record, "", NULL, 0, -1 };
		else if (kind == RECORD_CRASH_STACK && u->stack_count < 2 * (MAX_CRASH_PIECES + 1) &&
			 head.size >= offsetof(struct crash_stack, data) &&
			 ((const struct crash_stack *)record)->bytes <=
				 head.size - offsetof(struct crash_stack, data))
			u->stacks[u->stack_count++] = record;
		else if (kind == RECORD_CRASH_END &&
			 head.size >= offsetof(struct crash_end, message))
			end = record;
		if (head.size + 7 > bytes - at - sizeof(head))
			break;
		at += sizeof(head) + ((head.size + 7) & ~7u);
	}
	if (!u->record)
		return -1;
	u->flags = u->record->flags | (end ? end->flags : CRASH_STACK_DROPPED);
	return 0;
}

void add_paths(struct unwinder *u, const char *paths, uint32_t bytes)
{
	const char *end = paths + bytes;

	for (uint32_t i = 0; i < u->module_count && paths < end; i++) {
		const char *list = paths;

		while (paths < end && *paths) {
			paths = memchr(paths, 0, end - paths);
			if (!paths)
				return;
			paths++;
		}
		if (paths == end)
			return;
		u->modules[i].paths = list;
		paths++;
	}
}
