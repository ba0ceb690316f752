// SPDX-License-Identifier: MIT
/*
 * Takes the tracer's path through the native core without the runtime, so that sanitizers check the
 * native core alone. usage: driver OBJECT
 * Releases everything at the end, also after a failure: then it prints a message and exits with 1.
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

#define MOST_ATTACHED 64
#define BATCH_BYTES (256 * 1024)
#define LONGEST 4096
#define LOOPBACK 1

static struct {
	uint8_t *bytes;
	struct bpf_object *object;
	struct bpf_link *links[MOST_ATTACHED];
	struct tc *tc[MOST_ATTACHED];
	int links_count, tc_count, xdp_fd;
	uint8_t *batch;
	struct collector *collector;
	pid_t command;
	size_t records;
	volatile uint8_t sum;
} it = { .xdp_fd = -1 };

static int fails(const char *what, int64_t error)
{
	fprintf(stderr, "exitsnoop: %s: %s\n", what, strerror(-error));
	return -1;
}

static int open_it(const char *path)
{
	struct stat stat;
	int64_t object;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &stat))
		return fails(path, -1);
	it.bytes = malloc(stat.st_size);
	if (read(fd, it.bytes, stat.st_size) != stat.st_size)
		return fails(path, -1);
	close(fd);
	object = object_open(it.bytes, stat.st_size, "driver", NULL);
	if (object < 0)
		return fails("open", object);
	it.object = (struct bpf_object *)(intptr_t)object;
	return 0;
}

static int attach_one(const struct bpf_program *program)
{
	int type = bpf_program__type(program);
	int64_t result;

	if (type == BPF_PROG_TYPE_SYSCALL)
		return can_run() && (result = run(program)) < 0 ? fails("run", result) : 0;
	if (type == BPF_PROG_TYPE_XDP) {
		it.xdp_fd = attach_xdp(program, LOOPBACK, 0);
		return it.xdp_fd < 0 ? fails("xdp", it.xdp_fd) : 0;
	}
	if (type == BPF_PROG_TYPE_SCHED_CLS) {
		result = attach_tc(program, LOOPBACK, BPF_TC_INGRESS, 1, 1);
		if (result < 0)
			return fails("tc", result);
		it.tc[it.tc_count++] = (struct tc *)(intptr_t)result;
		return 0;
	}
	result = type == BPF_PROG_TYPE_PERF_EVENT ? attach_perf_event(program, 0) : attach(program);
	if (result < 0)
		return fails(bpf_program__name(program), result);
	it.links[it.links_count++] = (struct bpf_link *)(intptr_t)result;
	return 0;
}

static int listen_to(struct bpf_map *map)
{
	int type = bpf_map__type(map), fd = bpf_map__fd(map), index = 0;

	if (type == BPF_MAP_TYPE_RINGBUF)
		index = collector_add_ring(it.collector, fd);
	else if (type == BPF_MAP_TYPE_PERF_EVENT_ARRAY)
		index = collector_add_perf(it.collector, fd, 8);
	return index < 0 ? fails("listen", index) : 0;
}

/* Reads and empties a hash, as sampled maps are. */
static int look_into(struct bpf_map *map)
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
		return fails("map_read", count);
	map_clear(bpf_map__fd(map), key_size, 100);
	return 0;
}

/* Steps from record to record as src/bpf/reader.ts does; the sanitizer watches the steps. */
static int walk(int out)
{
	struct batch_head *head = (struct batch_head *)it.batch;
	uint8_t *at = it.batch + sizeof(*head), *end = at + (size_t)head->used;
	uint8_t sum = 0;
	int64_t written;

	while (at < end) {
		struct record_head record;

		memcpy(&record, at, sizeof(record));
		for (uint32_t i = 0; i < record.size; i++)
			sum += at[sizeof(record) + i];
		at += sizeof(record) + ((record.size + 7) & ~7u);
		it.records++;
	}
	/* so that they are read */
	it.sum += sum;
	if (at != end)
		return fails("records that end beyond their batch", -1);
	written = write_all(out, it.batch, sizeof(*head) + (size_t)head->used);
	return written < 0 ? fails("write", written) : 0;
}

static int trace(int out)
{
	/* two processes in one command */
	char words[] = "sh\0-c\0(exit 3); exit 4";
	struct bpf_program *program;
	struct bpf_map *map;
	int64_t result;

	if ((result = stop_on_signals(1)) < 0)
		return fails("signals", result);
	if ((result = bpf_object__load(it.object)) < 0)
		return fails("load", result);
	it.batch = malloc(BATCH_BYTES);
	result = collector_open(-1, -1, -1, out, it.batch, BATCH_BYTES, LONGEST);
	if (result < 0)
		return fails("collector", result);
	it.collector = (struct collector *)(intptr_t)result;
	bpf_object__for_each_map(map, it.object)
		if (listen_to(map))
			return -1;
	if ((result = need_tracefs()) < 0)
		return fails("tracefs", result);
	bpf_object__for_each_program(program, it.object)
		if (attach_one(program))
			return -1;
	result = command_prepare(words, 3, "");
	if (result < 0)
		return fails("command", result);
	it.command = result;
	if ((result = command_go()) < 0)
		return fails("go", result);
	collector_watch(it.collector, command_end());
	let_go_of_start_up();
	if ((result = stop_after(300)) < 0)
		return fails("stop_after", result);
	do {
		if ((result = collector_wait(it.collector, 50)) < 0)
			return fails("wait", result);
		if (walk(out))
			return -1;
	} while (!((struct batch_head *)it.batch)->stop_signal);
	collector_drain(it.collector);
	if (walk(out) || command_status() < 0)
		return fails("the command goes on", -1);
	it.command = 0;
	bpf_object__for_each_map(map, it.object)
		if (look_into(map))
			return -1;
	return 0;
}

static void end(void)
{
	for (int i = 0; i < it.links_count; i++)
		bpf_link__destroy(it.links[i]);
	for (int i = 0; i < it.tc_count; i++)
		detach_tc(it.tc[i]);
	if (it.xdp_fd >= 0)
		close(it.xdp_fd);
	collector_close(it.collector);
	bpf_object__close(it.object);
	free(it.batch);
	free(it.bytes);
}

int main(int argc, char **argv)
{
	/* test/fixtures/failing.c counts calls from here on */
	int mark = syscall(SYS_memfd_create, "exitsnoop", 0), out, status;

	if (argc != 2)
		return 99;
	close(mark);
	log_open(0);
	out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	status = open_it(argv[1]) || trace(out);
	end();
	close(out);
	for (uint32_t i = 0; i < 300; i++)
		if (!helper_name(i) || !program_type_name(i) || !map_type_name(i))
			return 98;
	if (user_id("root") || strcmp(user_name(0), "root") || users_changed() || page_size() < 4096 ||
	    terminal_width(0) < 0)
		fprintf(stderr, "exitsnoop: the system is not known\n");
	utc_offset(1);
	printf("%s\n", !status && !it.records ? "nothing came" : "done");
	return status ? 1 : 0;
}
