// SPDX-License-Identifier: MIT
/*
 * Handles libbpf's messages: keeps warnings for the sentence that explains a failure, and with
 * --verbose prints all messages to stderr at once. Messages quote names and source lines of a
 * foreign object, so both outputs get them escaped.
 */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "native.h"

#define MAX_KEPT 32768
/*
 * The bytes kept of one message: a verifier's log may have megabytes, and its reason is at the end.
 */
#define MAX_HEAD 256
#define MAX_TAIL 4096
/* the most bytes that one byte becomes: \xNN, or a line feed with its indentation */
#define MAX_ESCAPED sizeof(NEXT_LINE)
#define NEXT_LINE "\nlibbpf:   "

static char kept[MAX_KEPT];
static size_t kept_length;
static int verbose;

/*
 * Escapes all bytes but printable ASCII, at most n bytes, and indents the lines after the first, so
 * that no line can be taken for another message. to: room for MAX_ESCAPED * n bytes. Returns the
 * bytes written.
 */
static size_t escape(char *to, const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *at = to;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = text[i];

		if (c == '\n' && i + 1 < n) {
			memcpy(at, NEXT_LINE, sizeof(NEXT_LINE) - 1);
			at += sizeof(NEXT_LINE) - 1;
		} else if ((c >= 0x20 && c < 0x7f) || c == '\n') {
			*at++ = c;
		} else {
			*at++ = '\\';
			*at++ = 'x';
			*at++ = hex[c >> 4];
			*at++ = hex[c & 15];
		}
	}
	return at - to;
}

static void show(const char *text, size_t n)
{
	static char out[MAX_TAIL * MAX_ESCAPED];

	while (n) {
		size_t part = n < MAX_TAIL ? n : MAX_TAIL, size;
		const char *end = part < n ? memrchr(text, '\n', part) : NULL;

		/* keeps whole lines, unless one is longer than the buffer */
		if (end)
			part = end - text + 1;
		size = escape(out, text, part);
		if (part < n && text[part - 1] == '\n') {
			memcpy(out + size - 1, NEXT_LINE, sizeof(NEXT_LINE) - 1);
			size += sizeof(NEXT_LINE) - 2;
		}
		if (write(STDERR_FILENO, out, size) < 0)
			return;
		text += part;
		n -= part;
	}
}

/* Appends to the kept warnings and drops the oldest if there is no room. */
static void append(const char *text, size_t n)
{
	size_t room = sizeof(kept) - 1 - kept_length;

	if (n > room) {
		size_t gone = n - room;

		memmove(kept, kept + gone, kept_length - gone);
		kept_length -= gone;
	}
	memcpy(kept + kept_length, text, n);
	kept_length += n;
	kept[kept_length] = '\0';
}

static void keep(const char *text, size_t n)
{
	static char out[(MAX_HEAD + MAX_TAIL) * MAX_ESCAPED];
	static char both[MAX_HEAD + MAX_TAIL];
	size_t size;

	if (n > sizeof(both)) {
		memcpy(both, text, MAX_HEAD);
		memcpy(both + MAX_HEAD, text + n - MAX_TAIL, MAX_TAIL);
		both[MAX_HEAD - 1] = '\n';
		text = both;
		n = sizeof(both);
	}
	size = escape(out, text, n);
	if (size < sizeof(kept))
		append(out, size);
	else
		append(out + size - (sizeof(kept) - 1), sizeof(kept) - 1);
}

static int take(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;
	int n;

	if (!verbose && level != LIBBPF_WARN)
		return 0;
	n = vasprintf(&text, format, args);
	if (n < 0)
		return 0;
	if (verbose)
		show(text, n);
	if (level == LIBBPF_WARN)
		keep(text, n);
	free(text);
	return n;
}

/*
 * Redirects libbpf's messages; if loud is set, all of them also go to stderr, including debug
 * messages.
 */
API void log_open(int loud)
{
	verbose = loud;
	libbpf_set_print(take);
}

/*
 * Returns the last warnings, oldest first, as NUL-terminated printable ASCII; the buffer stays
 * valid.
 */
API const char *log_warnings(void)
{
	return kept;
}
