// SPDX-License-Identifier: MIT
/*
 * reader PPID < exits: reads what the tracer prints, table (--time unix) or JSON, and keeps nothing of it: counts lines, checks that the
 * codes of PPID's children come in the order in which they died, and prints those of the marked (251, 252): "marked PID TIME LIVED",
 * ns. Once a second, and as its last line, "read LINES CHILDREN LOST BREAKS WRONG": all exits, PPID's, what lines say was lost, where
 * a code did not follow the one before, and lines that are none.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
#define CODES 250

static int64_t lines, children, lost, breaks, wrong, parent, last_code = -1;

struct line {
	int64_t time, pid, ppid, code, lived;
};

/* Decimal digits at *at, which moves behind them; -1 where there are none. */
static int64_t number(const char **at)
{
	int64_t value = 0;
	const char *from = *at;

	while (**at >= '0' && **at <= '9')
		value = value * 10 + *(*at)++ - '0';
	return *at == from ? -1 : value;
}

static int64_t after(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	if (!at)
		return -1;
	at += strlen(key);
	return number(&at);
}

/* "2026-11-24T22:31:19.414297935Z" as ns since 1970. Parsed once a second: the rest of the text is the same. */
static int64_t moment(const char *text)
{
	static char known[20];
	static int64_t seconds;
	const char *fraction = text + 20;

	if (memcmp(known, text, 19)) {
		struct tm tm = {};

		memcpy(known, text, 19);
		strptime(known, "%Y-%m-%dT%H:%M:%S", &tm);
		seconds = timegm(&tm);
	}
	return seconds * NS + number(&fraction);
}

static int read_json(const char *text, struct line *line)
{
	static const char head[] = "{\"event\":\"exit\",\"time\":\"";

	if (strncmp(text, head, sizeof(head) - 1))
		return -1;
	line->time = moment(text + sizeof(head) - 1);
	line->pid = after(text, "\"pid\":");
	line->ppid = after(text, "\"ppid\":");
	line->code = after(text, "\"exit_code\":");
	line->lived = after(text, "\"duration_ns\":");
	return 0;
}

/* TIME PID PPID EXIT_CODE DURATION_NS COMM */
static int read_table(const char *text, struct line *line)
{
	int64_t *const fields[] = { &line->pid, &line->ppid, &line->code, &line->lived };
	const char *at = text;
	int64_t seconds = number(&at);

	if (seconds < 0 || *at++ != '.')
		return -1;
	line->time = seconds * NS + number(&at);
	for (int i = 0; i < 4; i++) {
		at += strspn(at, " ");
		*fields[i] = number(&at);
		/* a signal's name */
		at += strcspn(at, " ");
	}
	return 0;
}

static void take(const char *text)
{
	struct line line = {};

	if (!strncmp(text, "{\"event\":\"lost\"", 15)) {
		lost += after(text, "\"count\":");
		return;
	}
	if (!strncmp(text, "TIME", 4))
		return;
	if (*text == '{' ? read_json(text, &line) : read_table(text, &line)) {
		wrong++;
		return;
	}
	lines++;
	if (line.ppid != parent)
		return;
	children++;
	if (line.code >= CODES) {
		printf("marked %lld %lld %lld\n", (long long)line.pid, (long long)line.time, (long long)line.lived);
		return;
	}
	breaks += line.code != (last_code + 1) % CODES;
	last_code = line.code;
}

static void tell(void)
{
	printf("read %lld %lld %lld %lld %lld\n", (long long)lines, (long long)children, (long long)lost, (long long)breaks,
	       (long long)wrong);
}

int main(int argc, char **argv)
{
	static char buffer[1 << 20];
	size_t used = 0;
	time_t told = 0;
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
			take(line);
			line = end + 1;
		}
		used = buffer + used - line;
		memmove(buffer, line, used);
		if (time(NULL) != told) {
			told = time(NULL);
			tell();
		}
	}
	tell();
	return 0;
}
