// SPDX-License-Identifier: MIT
/*
 * Handles libbpf's messages: keeps warnings for the error message of a failure, and with --verbose
 * prints all messages to stderr. Both are escaped, because messages quote names and source lines of
 * the object, which may be a package from elsewhere.
 */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "core.h"

#define MAX_WARNINGS 32768	/* bytes */
/* what is kept of a longer message: a verifier log may have megabytes, with its reason last */
#define HEAD_BYTES 256
#define TAIL_BYTES 4096
#define NEXT_LINE "\nlibbpf:   "
/* the most bytes that one byte becomes: a line feed with its indentation, or \xNN */
#define MAX_ESCAPED (sizeof(NEXT_LINE) - 1)

static char warnings[MAX_WARNINGS];
static size_t warnings_length;
static int prints_all;

/*
 * Escapes all bytes but printable ASCII, and indents the lines after the first, so that no line can
 * be taken for another message. to: room for MAX_ESCAPED * n bytes. Returns the bytes written.
 */
static size_t escape(char *to, const char *text, size_t n)
{
	static const char hex[] = "0123456789abcdef";
	char *at = to;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = text[i];

		if (c == '\n' && i + 1 < n) {
			at = mempcpy(at, NEXT_LINE, sizeof(NEXT_LINE) - 1);
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

/* Removes the middle of a long message. Returns its new length. */
static size_t shorten(char *text, size_t n)
{
	if (n <= HEAD_BYTES + TAIL_BYTES)
		return n;
	memmove(text + HEAD_BYTES, text + n - TAIL_BYTES, TAIL_BYTES);
	text[HEAD_BYTES - 1] = '\n';
	return HEAD_BYTES + TAIL_BYTES;
}

/* Appends to the warnings, and drops the oldest bytes if there is no room. */
static void append(const char *text, size_t n)
{
	size_t room = sizeof(warnings) - 1 - warnings_length;

	if (n >= sizeof(warnings)) {
		text += n - (sizeof(warnings) - 1);
		n = sizeof(warnings) - 1;
	}
	if (n > room) {
		warnings_length -= n - room;
		memmove(warnings, warnings + (n - room), warnings_length);
	}
	memcpy(warnings + warnings_length, text, n);
	warnings_length += n;
	warnings[warnings_length] = '\0';
}

/*
 * libbpf_print_fn_t. Only the main thread writes to the buffer: what a second thread cannot do, the
 * main thread tries again (kernel_types.c, preload.c), and so the reason is kept.
 */
static int on_message(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text, *escaped;
	int n;

	if (!prints_all && level != LIBBPF_WARN)
		return 0;
	n = vasprintf(&text, format, args);
	if (n < 0)
		return 0;
	escaped = malloc(MAX_ESCAPED * n);
	if (escaped && prints_all)
		write_all(STDERR_FILENO, (uint8_t *)escaped, escape(escaped, text, n));
	if (escaped && level == LIBBPF_WARN && syscall(SYS_gettid) == getpid())
		append(escaped, escape(escaped, text, shorten(text, n)));
	free(escaped);
	free(text);
	return n;
}

/* Redirects libbpf's messages. is_verbose: prints all of them, including debug messages. */
API void log_open(int is_verbose)
{
	prints_all = is_verbose;
	libbpf_set_print(on_message);
}

/* Returns the last warnings, oldest first, as printable ASCII. The buffer stays valid. */
API const char *log_warnings(void)
{
	return warnings;
}
