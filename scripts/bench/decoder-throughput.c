// SPDX-License-Identifier: MIT
/*
 * The same flood as flood.ts, the same collector, the same JSON, with the decoder and the format in C: what there is to be
 * reached. flood OBJECT RECORD COUNT FILE: prints the CPU time of one record, ns.
 */
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "core.h"
#include "recorder.h"

#define NS 1000000000ULL
#define RING_BYTES (256 * 1024)
#define BATCH_BYTES (256 * 1024)
#define LINE_BYTES 1024

/* what flood.bpf.c has in its .bss, by the offsets of its BTF */
struct settings {
	uint32_t records, bytes;
	struct exit_record record;
};

static char batch[BATCH_BYTES] __attribute__((aligned(8)));
static char text[BATCH_BYTES / 64 * LINE_BYTES];
static char *at;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static char *read_file(const char *path, size_t *size)
{
	struct stat stat;
	int fd = open(path, O_RDONLY);
	char *bytes;

	if (fd < 0 || fstat(fd, &stat))
		fail(path);
	bytes = malloc(stat.st_size);
	if (!bytes || read(fd, bytes, stat.st_size) != stat.st_size)
		fail(path);
	close(fd);
	*size = stat.st_size;
	return bytes;
}

#define PUT(constant) (memcpy(at, constant, sizeof(constant) - 1), at += sizeof(constant) - 1)

static void put_number(uint64_t value, int least)
{
	char digits[20];
	int i = sizeof(digits);

	do {
		digits[--i] = '0' + value % 10;
		value /= 10;
	} while (value || i > (int)sizeof(digits) - least);
	memcpy(at, digits + i, sizeof(digits) - i);
	at += sizeof(digits) - i;
}

/* this flood's names need no more escapes than these */
static void put_name(const char *name)
{
	*at++ = '"';
	for (int i = 0; i < COMM_LEN && name[i]; i++) {
		if (name[i] == '"' || name[i] == '\\')
			*at++ = '\\';
		*at++ = name[i];
	}
	*at++ = '"';
}

static void put_time(uint64_t ns)
{
	static char second[32];
	static time_t known;
	time_t seconds = ns / NS;
	struct tm utc;

	if (seconds != known)
		strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
	known = seconds;
	memcpy(at, second, 19);
	at += 19;
	*at++ = '.';
	put_number(ns % NS, 9);
}

static void put_exit(const struct exit_record *exit, uint64_t wall)
{
	int signal = exit->status & 0x7f;

	PUT("{\"event\":\"exit\",\"time\":\"");
	put_time(exit->died_at + wall);
	PUT("Z\",\"pid\":");
	put_number(exit->pid, 1);
	PUT(",\"ppid\":");
	put_number(exit->ppid, 1);
	PUT(",\"comm\":");
	put_name(exit->comm);
	PUT(",\"parent_comm\":");
	put_name(exit->parent_comm);
	PUT(",\"uid\":");
	put_number(exit->uid, 1);
	PUT(",\"exit_code\":");
	if (signal)
		PUT("null");
	else
		put_number(exit->status >> 8 & 0xff, 1);
	PUT(",\"signal\":");
	/* nobody is killed in this flood */
	if (signal)
		abort();
	PUT("null,\"core_dumped\":");
	if (exit->status & 0x80)
		PUT("true");
	else
		PUT("false");
	PUT(",\"duration_ns\":");
	put_number(exit->duration_ns, 1);
	PUT(",\"killed_by\":null}\n");
}

static void print_batch(struct collector *collector, int fd)
{
	const struct batch_head *head = (void *)batch;
	const char *record = batch + sizeof(*head);

	do {
		collector_drain(collector);
		at = text;
		for (const char *end = record + (size_t)head->used, *next = record; next < end;) {
			const struct record_head *size = (void *)next;

			put_exit((void *)(next + sizeof(*size)), head->wall_seconds * NS + head->wall_nanoseconds);
			next += sizeof(*size) + ((size->size + 7) & ~7u);
		}
		if (write_all(fd, (uint8_t *)text, at - text) != at - text)
			fail("write");
	} while (head->pending > 0);
}

static uint64_t cpu_time(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

int main(int argc, char **argv)
{
	size_t object_size, record_size, bss_size;
	char *object_bytes, *record;
	long count, room;
	struct bpf_object *object;
	struct bpf_program *pour;
	struct settings *settings;
	struct collector *collector;
	uint64_t spent = 0;
	int64_t opened;
	int fd;

	if (argc != 5)
		return 2;
	object_bytes = read_file(argv[1], &object_size);
	record = read_file(argv[2], &record_size);
	count = atol(argv[3]);
	room = RING_BYTES / (((record_size + 7) & ~7u) + sizeof(struct record_head)) - 1;
	fd = open(argv[4], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	opened = object_open(object_bytes, object_size, "flood", NULL);
	object = opened > 0 ? (void *)(intptr_t)opened : NULL;
	if (fd < 0 || !object || bpf_object__load(object))
		fail("flood");
	pour = bpf_object__find_program_by_name(object, "pour");
	settings = bpf_map__initial_value(bpf_object__find_map_by_name(object, ".bss"), &bss_size);
	collector = (void *)(intptr_t)collector_open(-1, -1, -1, -1, batch, sizeof(batch), sizeof(struct exit_record));
	if (collector_add_ring(collector, bpf_map__fd(bpf_object__find_map_by_name(object, "ring"))) < 0)
		fail("ring");
	memcpy(&settings->record, record, record_size);
	settings->bytes = record_size;
	for (long rest = count; rest > 0; rest -= room) {
		uint64_t before;

		settings->records = rest < room ? rest : room;
		if (run(pour))
			fail("pour");
		before = cpu_time();
		print_batch(collector, fd);
		spent += cpu_time() - before;
	}
	printf("%.1f\n", (double)spent / count);
	return 0;
}
