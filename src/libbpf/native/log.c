// SPDX-License-Identifier: MIT
/* What libbpf has to say: kept for the sentence that explains a failure, and shown as it comes with --verbose. */
#include <bpf/libbpf.h>
#include <stdarg.h>
#include <stdio.h>
#include "native.h"

static char said[16384];
static size_t length;
static int verbose;

static int keep(enum libbpf_print_level level, const char *format, va_list args)
{
	int n = 0;

	if (verbose) {
		va_list again;

		va_copy(again, args);
		vfprintf(stderr, format, again);
		va_end(again);
	}
	if (level == LIBBPF_WARN && length < sizeof(said) - 1) {
		n = vsnprintf(said + length, sizeof(said) - length, format, args);
		length += n > 0 ? n : 0;
		if (length > sizeof(said) - 1)
			length = sizeof(said) - 1;
	}
	return n;
}

/* Takes over libbpf's messages; with loud set they also go to stderr, debug messages included. */
API void log_open(int loud)
{
	verbose = loud;
	libbpf_set_print(keep);
}

/* The warnings so far, NUL-terminated; the buffer is ours and stays. */
API const char *log_warnings(void)
{
	return said;
}
