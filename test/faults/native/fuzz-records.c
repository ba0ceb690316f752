// SPDX-License-Identifier: MIT
/*
 * libFuzzer target: copies records of every length, from rings and perf buffers, to batches of
 * every size. Then reads the batch as src/bpf/reader.ts does, and compares it with the records.
 */
#include <stdlib.h>
#include "../../../src/native/core/reader_sources.c"

static void require(int condition)
{
	if (!condition)
		abort();
}

/* The fuzzer's bytes, followed by zeros. */
struct input {
	const uint8_t *data;
	size_t left;
};

static uint32_t next(struct input *input, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes && input->left; i++, input->left--)
		value = value << 8 | *input->data++;
	return value;
}

static void from_perf(struct source *source, const uint8_t *payload, uint32_t size)
{
	struct perf_sample *sample = malloc(sizeof(*sample) + size);

	sample->header = (struct perf_event_header){ .type = PERF_RECORD_SAMPLE };
	sample->size = size;
	memcpy(sample->data, payload, size);
	on_perf_event(source, 0, &sample->header);
	free(sample);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct reader c = {};
	uint32_t wanted[4096], lengths[4096], count = 0, at = 0;
	uint8_t *payload;

	c.max_record_bytes = next(&input, 3) % (128 * 1024);
	/* src/bpf/reader.ts makes room for at least four records */
	c.capacity = 4 * batch_bytes(c.max_record_bytes) + next(&input, 2);
	c.records = malloc(c.capacity);
	payload = malloc(256 * 1024);
	memset(payload, 0xa5, 256 * 1024);
	while (input.left && !c.is_full && count < 4096) {
		struct source source = { .reader = &c, .index = next(&input, 1) };
		uint32_t length = next(&input, 3) % (256 * 1024);

		wanted[count] = source.index;
		lengths[count++] = length < c.max_record_bytes ? length : c.max_record_bytes;
		if (source.index % 2)
			from_perf(&source, payload, length);
		else
			require(on_ring_record(&source, payload, length) == (c.is_full ? -ENOSPC : 0));
	}
	require(c.used <= c.capacity);
	for (uint32_t i = 0; i < count; i++) {
		struct record_head head;

		memcpy(&head, c.records + at, sizeof(head));
		require(head.size == lengths[i] && head.source == wanted[i]);
		for (uint32_t k = 0; k < head.size; k += 97)
			require(c.records[at + sizeof(head) + k] == 0xa5);
		at += sizeof(head) + ((head.size + 7) & ~7u);
	}
	require(at == c.used);
	free(payload);
	free(c.records);
	return 0;
}
