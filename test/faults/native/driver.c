// SPDX-License-Identifier: MIT
/*
 * Makes the tracer's calls of the native core without the JavaScript runtime, so that sanitizers
 * check the native core alone. usage: driver OBJECT
 *
 * Releases everything at the end. After a failure prints a message and exits with 1.
 */
#include <bpf/bpf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core.h"

#define MAX_ATTACHED 64
#define BATCH_BYTES (256 * 1024)
#define MAX_RECORD 4096
#define LOOPBACK 1

static struct {
	uint8_t *bytes;
	struct bpf_object *object;
	struct bpf_link *links[MAX_ATTACHED];
	struct tc *tc[MAX_ATTACHED];
	int links_count, tc_count, xdp_fd;
	uint8_t *batch;
	struct reader *reader;
	pid_t command;
	size_t records;
	volatile uint8_t sum;
} state = { .xdp_fd = -1 };

static int report(const char *what, int64_t error)
{
	fprintf(stderr, "exitsnoop: %s: %s\n", what, strerror(-error));
	return -1;
}

static int open_object(const char *path)
{
	struct stat stat;
	int64_t object;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &stat))
		return report(path, -1);
	state.bytes = malloc(stat.st_size);
	if (read(fd, state.bytes, stat.st_size) != stat.st_size)
		return report(path, -1);
	close(fd);
	object = object_open(state.bytes, stat.st_size, "driver", NULL);
	if (object < 0)
		return report("open", object);
	state.object = (struct bpf_object *)(intptr_t)object;
	return 0;
}

static int attach_one(const struct bpf_program *program)
{
	int type = bpf_program__type(program);
	int64_t result;

	if (type == BPF_PROG_TYPE_SYSCALL)
		return supports_syscall_programs() && (result = run_syscall_program(program)) < 0 ? report("run", result) : 0;
	if (type == BPF_PROG_TYPE_XDP) {
		state.xdp_fd = attach_xdp(program, LOOPBACK, 0);
		return state.xdp_fd < 0 ? report("xdp", state.xdp_fd) : 0;
	}
	if (type == BPF_PROG_TYPE_SCHED_CLS) {
		result = attach_tc(program, LOOPBACK, BPF_TC_INGRESS, 1, 1);
		if (result < 0)
			return report("tc", result);
		state.tc[state.tc_count++] = (struct tc *)(intptr_t)result;
		return 0;
	}
	result = type == BPF_PROG_TYPE_PERF_EVENT ? attach_perf_event(program, 0) : attach(program);
	if (result < 0)
		return report(bpf_program__name(program), result);
	state.links[state.links_count++] = (struct bpf_link *)(intptr_t)result;
	return 0;
}

static int add_map(struct bpf_map *map)
{
	int type = bpf_map__type(map), fd = bpf_map__fd(map), index = 0;

	if (type == BPF_MAP_TYPE_RINGBUF)
		index = reader_add_ring(state.reader, fd);
	else if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		index = reader_add_perf(state.reader, fd, 8);
	return index < 0 ? report("add_map", index) : 0;
}

/* Reads and empties a hash, as the tracer samples maps. */
static int sample_map(struct bpf_map *map)
{
	uint32_t key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map);
	int64_t count = 1;

	if (bpf_map__type(map) != BPF_MAP_TYPE_HASH && bpf_map__type(map) != BPF_MAP_TYPE_LRU_HASH)
		return 0;
	uint8_t *key = malloc(key_size), *to = malloc(4096);

	for (int i = 0; count > 0 && i < 100; i++)
		count = map_read(bpf_map__fd(map), key, key_size, value_size, i == 0, to, 4096);
	free(key);
	free(to);
	if (count < 0)
		return report("map_read", count);
	map_clear(bpf_map__fd(map), key_size, 100);
	return 0;
}

/* Reads all records of a batch as src/bpf/reader.ts does, and writes the batch. */
static int read_batch(int out)
{
	struct batch_head *head = (struct batch_head *)state.batch;
	uint8_t *at = state.batch + sizeof(*head), *end = at + (size_t)head->used;
	uint8_t sum = 0;
	int64_t written;

	while (at < end) {
		struct record_head record;

		memcpy(&record, at, sizeof(record));
		for (uint32_t i = 0; i < record.size; i++)
			sum += at[sizeof(record) + i];
		at += sizeof(record) + ((record.size + 7) & ~7u);
		state.records++;
	}
	/* keeps the compiler from removing the reads */
	state.sum += sum;
	if (at != end)
		return report("records that end beyond their batch", -1);
	written = write_all(out, state.batch, sizeof(*head) + (size_t)head->used);
	return written < 0 ? report("write", written) : 0;
}

static int trace(int out)
{
	/* a command of two processes */
	char command[] = "sh\0-c\0(exit 3); exit 4";
	struct bpf_program *program;
	struct bpf_map *map;
	int64_t result;

	if ((result = stop_on_signals(1, 1)) < 0)
		return report("signals", result);
	if ((result = bpf_object__load(state.object)) < 0)
		return report("load", result);
	state.batch = malloc(BATCH_BYTES);
	result = reader_open(-1, -1, -1, state.batch, BATCH_BYTES, MAX_RECORD);
	if (result < 0)
		return report("reader", result);
	state.reader = (struct reader *)(intptr_t)result;
	if ((result = reader_add_output(state.reader, out)) < 0)
		return report("output", result);
	bpf_object__for_each_map(map, state.object)
		if (add_map(map))
			return -1;
	if ((result = ensure_tracefs()) < 0)
		return report("tracefs", result);
	bpf_object__for_each_program(program, state.object)
		if (attach_one(program))
			return -1;
	result = child_prepare(command, 3, "");
	if (result < 0)
		return report("command", result);
	state.command = result;
	if ((result = child_start()) < 0)
		return report("go", result);
	reader_watch(state.reader, child_exit_fd());
	release_startup_pages();
	if ((result = stop_after(300)) < 0)
		return report("stop_after", result);
	do {
		if ((result = reader_wait(state.reader, 50)) < 0)
			return report("wait", result);
		if (read_batch(out))
			return -1;
	} while (!((struct batch_head *)state.batch)->stop_signal);
	reader_drain(state.reader);
	if (read_batch(out))
		return -1;
	if (child_wait_status() < 0)
		return report("the child command is still running", -1);
	state.command = 0;
	bpf_object__for_each_map(map, state.object)
		if (sample_map(map))
			return -1;
	return 0;
}

static void release(void)
{
	for (int i = 0; i < state.links_count; i++)
		bpf_link__destroy(state.links[i]);
	for (int i = 0; i < state.tc_count; i++)
		detach_tc(state.tc[i]);
	if (state.xdp_fd >= 0)
		close(state.xdp_fd);
	reader_close(state.reader);
	bpf_object__close(state.object);
	free(state.batch);
	free(state.bytes);
}

int main(int argc, char **argv)
{
	/* test/fixtures/failing injects faults after this call */
	int mark = syscall(SYS_memfd_create, "exitsnoop", 0), out, status;

	if (argc != 2)
		return 99;
	close(mark);
	log_open(0);
	out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	status = open_object(argv[1]) || trace(out);
	release();
	close(out);
	for (uint32_t i = 0; i < 300; i++)
		if (!helper_name(i) || !program_type_name(i) || !map_type_name(i))
			return 98;
	if (user_id("root") || strcmp(user_name(0), "root") || users_changed() || page_size() < 4096 ||
	    terminal_width(0) < 0 || terminal_height(0) < 0)
		fprintf(stderr, "exitsnoop: a function about users or the terminal failed\n");
	utc_offset(1);
	printf("%s\n", !status && !state.records ? "no records" : "done");
	return status ? 1 : 0;
}
