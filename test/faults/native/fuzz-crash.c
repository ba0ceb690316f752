// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: unwinds the stack of a crashed thread in a hostile ELF file. The input is a
 * struct scenario and the file; or, if `is_raw` is set, the crash's records as they stand.
 */
#include <stdlib.h>
#include <string.h>
#include "../../../src/native/core/core.h"
#include "../../../src/native/core/unwind.h"
#include "../../../bpf/recorder.h"

#define MODULE_START 0x400000
#define STACK_START 0x7f0000000000
#define STACK_BYTES 512
#define RESULT_BYTES (1 << 16)

struct scenario {
	uint8_t is_raw, is_32, restorer, frame_pointer;
	uint32_t ip;
	uint8_t stack[STACK_BYTES];
};

/* the file of every module */
static const uint8_t *image;
static size_t image_bytes;
static struct elf_file file;

/* These replace unwind_files.c, which opens files by their paths. */
struct elf_file *module_file(struct unwinder *u, struct unwind_module *module)
{
	(void)u;
	if (module->state == FILE_UNKNOWN) {
		module->state = FILE_UNREADABLE;
		if (!elf_init(&file, -1, image, image_bytes)) {
			module->state = FILE_OK;
			module->file = &file;
		}
	}
	return module->file;
}

void close_elf_files(void)
{
}

static void unwind(const uint8_t *records, uint32_t bytes)
{
	static uint8_t result[RESULT_BYTES] __attribute__((aligned(8)));
	uint8_t *copy = malloc(bytes + 1);

	/* of their exact size, so that a read behind them is found */
	memcpy(copy, records, bytes);
	unwind_crash(copy, bytes, (const uint8_t *)"/a\0", 4, NULL, 0, result, sizeof(result));
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

static void unwind_scenario(const struct scenario *scenario)
{
	static uint8_t batch[16384] __attribute__((aligned(8)));
	struct crash_module module = {
		.kind = RECORD_CRASH_MODULE,
		.flags = MODULE_HAS_FILE,
		.start = MODULE_START,
		.end = MODULE_START + (1 << 24),
	};
	static struct crash_stack stack;
	struct crash_record record = { .kind = RECORD_CRASH, .signal = 11, .code = 1 };
	size_t bytes = 0;

	stack.kind = RECORD_CRASH_STACK;
	stack.address = scenario->is_32 ? 0x70000000 : STACK_START;
	stack.bytes = STACK_BYTES;
	memcpy(stack.data, scenario->stack, STACK_BYTES);
	record.flags = scenario->is_32 ? CRASH_IS_32BIT : 0;
	record.context.registers[IP] = MODULE_START + scenario->ip % (1 << 24);
	record.context.registers[SP] = stack.address;
	record.context.registers[FP] = stack.address + scenario->frame_pointer;
	record.restorer = scenario->restorer ? MODULE_START + scenario->restorer : 0;
	bytes += append(batch + bytes, &module, offsetof(struct crash_module, text));
	bytes += append(batch + bytes, &stack, offsetof(struct crash_stack, data) + STACK_BYTES);
	bytes += append(batch + bytes, &record, sizeof(record));
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
	if (scenario.is_raw)
		unwind(image, image_bytes);
	else
		unwind_scenario(&scenario);
	return 0;
}
