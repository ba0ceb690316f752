// SPDX-License-Identifier: MIT
/*
 * Loads an object and attaches one of its programs before the next ones are loaded. libbpf loads
 * programs in the order of their sections, and has no function for a single one, but it calls a
 * handler of the section before it loads a program from there.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include "native.h"

#define NEXT_TRACEPOINT "signal_generate" /* of the program whose verification takes longest */

static const struct bpf_program *first_program;
static struct bpf_link *first_link;
static int first_error;

static void attach_now(const struct bpf_program *program)
{
	first_link = bpf_program__attach(program);
	first_error = first_link ? 0 : -errno;
}

static int attach_first(struct bpf_program *next, struct bpf_prog_load_opts *options, long cookie)
{
	(void)next;
	(void)options;
	(void)cookie;
	/* the next program is loaded with or without it: object_load_first() reports the error */
	if (first_program && bpf_program__fd(first_program) >= 0) {
		attach_now(first_program);
		first_program = NULL;
	}
	return 0;
}

static int attach_next(const struct bpf_program *program, long cookie, struct bpf_link **link)
{
	(void)cookie;
	*link = bpf_program__attach_raw_tracepoint(program, NEXT_TRACEPOINT);
	return *link ? 0 : -errno;
}

/* Called before an object is opened: sections get their handlers then. */
void register_load_order(void)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .prog_prepare_load_fn = attach_first,
		    .prog_attach_fn = attach_next);
	static int is_registered;

	if (!is_registered)
		libbpf_register_prog_handler("raw_tp/" NEXT_TRACEPOINT, BPF_PROG_TYPE_RAW_TRACEPOINT,
					     0, &options);
	is_registered = 1;
}

/*
 * Loads the programs and attaches this one, at the latest when all are loaded. Returns a `struct
 * bpf_link *` or -errno.
 */
API int64_t object_load_first(struct bpf_object *object, const struct bpf_program *program)
{
	int error;

	first_program = program;
	first_link = NULL;
	first_error = 0;
	error = bpf_object__load(object);
	first_program = NULL;
	if (!error && !first_link && !first_error)
		attach_now(program);
	if (!error && first_link)
		return (intptr_t)first_link;
	if (first_link)
		bpf_link__destroy(first_link);
	return error ? error : first_error;
}
