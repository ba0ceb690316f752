// SPDX-License-Identifier: MIT
/*
 * Reads the tracer's output without storing it. reader PPID < exits: accepts the table (with --time
 * unix) and JSON, checks that the exit codes of PPID's children come in order, and prints the exits
 * with a known time (codes 251, 252): "marked PID TIME AGE", in ns.
 *
 * Prints "read LINES CHILDREN LOST GAPS UNREADABLE" once a second and as its last line: the exits,
 * those of PPID's children, the losses that JSON lines report, the codes that do not follow the one
 * before, and the lines that are not understood.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
/* The children of PPID exit with the codes from 0 to CODES - 1 in turn; marked ones with more. */
#define CODES 250

static int64_t lines, children, lost, gaps, unreadable, parent, last_code = -1;

struct line {
	int64_t time, pid, ppid, code, age;
};

/* Parses decimal digits and moves *at past them. Returns -1 if there are none. */
static int64_t parse_number(const char **at)
{
	int64_t value = 0;
	const char *from = *at;

	while (**at >= '0' && **at <= '9')
		value = value * 10 + *(*at)++ - '0';
	return *at == from ? -1 : value;
}

/* Parses the digits after a key. Returns -1 if the key is missing. */
static int64_t number_after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	if (!at)
		return -1;
	at += strlen(key);
	return parse_number(&at);
}

/* Parses "2026-11-24T22:31:19.414297935Z" to ns since 1970. Caches all but the fraction. */
static int64_t parse_time(const char *text)
{
	static char cached[20];
	static int64_t seconds;
	const char *fraction = text + 20;

	if (memcmp(cached, text, 19)) {
		struct tm tm = {};

		memcpy(cached, text, 19);
		strptime(cached, "%Y-%m-%dT%H:%M:%S", &tm);
		seconds = timegm(&tm);
	}
	return seconds * NS + parse_number(&fraction);
}

static int read_json(const char *text, struct line *line)
{
	static const char head[] = "{\"event\":\"exit\",\"time\":\"";

	if (strncmp(text, head, sizeof(head) - 1))
		return -1;
	line->time = parse_time(text + sizeof(head) - 1);
	line->pid = number_after(text, "\"pid\":");
	line->ppid = number_after(text, "\"ppid\":");
	line->code = number_after(text, "\"exit_code\":");
	line->age = number_after(text, "\"duration_ns\":");
	return 0;
}

/* TIME PID PPID EXIT_CODE DURATION_NS COMM */
static int read_table(const char *text, struct line *line)
{
	int64_t *const fields[] = { &line->pid, &line->ppid, &line->code, &line->age };
	const char *at = text;
	int64_t seconds = parse_number(&at);

	if (seconds < 0 || *at++ != '.')
		return -1;
	line->time = seconds * NS + parse_number(&at);
	for (int i = 0; i < 4; i++) {
		at += strspn(at, " ");
		*fields[i] = parse_number(&at);
		/* a process that a signal killed has the name of the signal in place of a code */
		at += strcspn(at, " ");
	}
	return 0;
}

static void take_line(const char *text)
{
	struct line line = {};

	if (!strncmp(text, "{\"event\":\"lost\"", 15)) {
		lost += number_after(text, "\"count\":");
		return;
	}
	if (!strncmp(text, "TIME", 4))
		return;
	if (*text == '{' ? read_json(text, &line) : read_table(text, &line)) {
		unreadable++;
		return;
	}
	lines++;
	if (line.ppid != parent)
		return;
	children++;
	if (line.code >= CODES) {
		printf("marked %lld %lld %lld\n", (long long)line.pid, (long long)line.time, (long long)line.age);
		return;
	}
	gaps += line.code != (last_code + 1) % CODES;
	last_code = line.code;
}

static void print_counts(void)
{
	printf("read %lld %lld %lld %lld %lld\n", (long long)lines, (long long)children,
	       (long long)lost, (long long)gaps, (long long)unreadable);
}

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	size_t used = 0;
	time_t printed = 0;
	ssize_t size;

	if (argc != 2)
		return 2;
	parent = atoll(argv[1]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((size = read(STDIN_FILENO, buffer + used, sizeof(buffer) - used)) > 0) {
		char *line = buffer, *end;

		used += size;
		while ((end = memchr(line, '\n', buffer + used - line))) {
			*end = 0;
			take_line(line);
			line = end + 1;
		}
		used = buffer + used - line;
		memmove(buffer, line, used);
		if (time(NULL) != printed) {
			printed = time(NULL);
			print_counts();
		}
	}
	print_counts();
	return 0;
}
