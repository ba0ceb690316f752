// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: unwinds the stack of a crashed thread in a hostile ELF file. The input is a
 * struct scenario and the file; or, with IS_RAW, the crash's records as they stand.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../../../src/native/core/core.h"
#include "../../../src/native/core/unwind.h"
#include "../../../bpf/recorder.h"

#define MODULE_START 0x400000
#define STACK_START 0x7f0000000000
#define SHORT_STACK_START 0x70000000
#define INNER_DISTANCE 0x100000
#define STACK_BYTES 512
#define RESULT_BYTES (1 << 16)

/* test/faults/crash-scenarios.ts sets them as well */
enum scenario_flags {
	IS_RAW = 1,
	IN_FILE = 2,		/* the file is read by system calls */
	IS_TRUNCATED = 4,	/* and it is truncated once it is open */
	HAS_INNER = 8,		/* the second half of the stack is another one */
	HAS_END = 16,
};

struct scenario {
	uint8_t flags, is_32, restorer, frame_pointer;
	uint32_t ip;
	uint8_t stack[STACK_BYTES];
};

/* the file of every module */
static const uint8_t *image;
static size_t image_bytes;
static uint32_t flags;
static int fd;
static struct elf_file file;

/* Opens the file: its bytes are those of the input, in memory or in a file. Returns 0 or -1. */
static int open_file(void)
{
	if (!(flags & IN_FILE))
		return elf_init(&file, -1, image, image_bytes);
	fd = memfd_create("elf", MFD_CLOEXEC);
	if (fd < 0 || write(fd, image, image_bytes) != (ssize_t)image_bytes)
		abort();
	if (elf_init(&file, fd, NULL, image_bytes))
		return -1;
	if (flags & IS_TRUNCATED && ftruncate(fd, image_bytes / 2))
		abort();
	return 0;
}

/* Replaces unwind_files.c, which opens files by their paths. */
struct elf_file *module_file(struct unwinder *u, struct unwind_module *module)
{
	(void)u;
	if (module->state == FILE_UNKNOWN) {
		module->state = FILE_UNREADABLE;
		if (!open_file()) {
			module->state = FILE_OK;
			module->file = &file;
		}
	}
	return module->file;
}

static void unwind(const uint8_t *records, uint32_t bytes)
{
	static uint8_t result[RESULT_BYTES] __attribute__((aligned(8)));
	uint8_t *copy = malloc(bytes + 1);

	/* of their exact size, so that a read beyond them is found */
	memcpy(copy, records, bytes);
	fd = -1;
	unwind_crash(copy, bytes, (const uint8_t *)"/a\0", 4, NULL, 0, result, sizeof(result));
	if (fd >= 0)
		close(fd);
	free(copy);
}

/* Appends a record to a batch. */
static size_t append(uint8_t *to, const void *record, uint32_t bytes)
{
	struct record_head head = { .size = bytes };

	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), record, bytes);
	return sizeof(head) + ((bytes + 7) & ~7u);
}

/* Appends a part of the stack. Returns the bytes of its record. */
static size_t append_stack(uint8_t *to, uint64_t address, const uint8_t *data, uint32_t bytes)
{
	static struct crash_stack stack;

	stack.kind = RECORD_CRASH_STACK;
	stack.address = address;
	stack.bytes = bytes;
	memcpy(stack.data, data, bytes);
	return append(to, &stack, offsetof(struct crash_stack, data) + bytes);
}

static void unwind_scenario(const struct scenario *scenario)
{
	static uint8_t batch[16384] __attribute__((aligned(8)));
	const uint64_t stack = scenario->is_32 ? SHORT_STACK_START : STACK_START;
	const uint32_t outer_bytes = flags & HAS_INNER ? STACK_BYTES / 2 : STACK_BYTES;
	struct crash_module module = {
		.kind = RECORD_CRASH_MODULE,
		.flags = MODULE_HAS_FILE,
		.start = MODULE_START,
		.end = MODULE_START + (1 << 24),
	};
	struct crash_record record = { .kind = RECORD_CRASH, .signal = 11, .code = 1 };
	struct crash_end end = { .kind = RECORD_CRASH_END };
	size_t bytes = 0;

	record.flags = scenario->is_32 ? CRASH_IS_32BIT : 0;
	record.context.registers[IP] = MODULE_START + scenario->ip % (1 << 24);
	record.context.registers[SP] = stack;
	record.context.registers[FP] = stack + scenario->frame_pointer;
	record.restorer = scenario->restorer ? MODULE_START + scenario->restorer : 0;
	bytes += append(batch + bytes, &module, offsetof(struct crash_module, text));
	bytes += append_stack(batch + bytes, stack, scenario->stack, outer_bytes);
	if (flags & HAS_INNER) {
		record.interrupted_sp = stack + INNER_DISTANCE;
		bytes += append_stack(batch + bytes, stack + INNER_DISTANCE,
				      scenario->stack + outer_bytes, STACK_BYTES - outer_bytes);
	}
	bytes += append(batch + bytes, &record, sizeof(record));
	if (flags & HAS_END)
		bytes += append(batch + bytes, &end, offsetof(struct crash_end, message));
	unwind(batch, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario scenario;

	if (size < sizeof(scenario))
		return 0;
	memcpy(&scenario, data, sizeof(scenario));
	image = data + sizeof(scenario);
	image_bytes = size - sizeof(scenario);
	flags = scenario.flags;
	if (flags & IS_RAW)
		unwind(image, image_bytes);
	else
		unwind_scenario(&scenario);
	return 0;
}
