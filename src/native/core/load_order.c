// SPDX-License-Identifier: MIT
/*
 * Loads the recorder's object: the programs for signals in a second thread (preload.c), and
 * attaches one program before the next ones are loaded. libbpf loads programs in the order of their
 * sections, and has no function for a single one, but it calls a handler of the section before it
 * loads a program from there.
 */
#include <bpf/libbpf.h>
#include <errno.h>
#include "native.h"

static const struct bpf_program *first_program, *context_program;
static struct bpf_link *first_link;
static int first_error, object_btf_fd;

static void attach_first(void)
{
	const struct bpf_program *program = first_program;

	first_program = NULL;
	/* the caller attaches it later, when libbpf has loaded and reported the other one */
	if (context_program && run_prepared(context_program, object_btf_fd))
		return;
	first_link = bpf_program__attach(program);
	first_error = first_link ? 0 : -errno;
}

static int before_load(struct bpf_program *program, struct bpf_prog_load_opts *options,
		       long tracepoint)
{
	(void)tracepoint;
	/* the program is loaded with or without it: object_load_recorder() reports the error */
	if (first_program && bpf_program__fd(first_program) >= 0)
		attach_first();
	preload_replace(program, options);
	return 0;
}

static int attach_to(const struct bpf_program *program, long tracepoint, struct bpf_link **link)
{
	*link = bpf_program__attach_raw_tracepoint(program, (const char *)tracepoint);
	return *link ? 0 : -errno;
}

static void handle(const char *section, const char *tracepoint)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, options, .cookie = (long)tracepoint,
		    .prog_prepare_load_fn = before_load, .prog_attach_fn = attach_to);

	libbpf_register_prog_handler(section, BPF_PROG_TYPE_RAW_TRACEPOINT, 0, &options);
}

/* Called before an object is opened: sections get their handlers then. */
void register_load_order(void)
{
	static int is_registered;

	if (is_registered)
		return;
	handle("raw_tp/signal_generate", "signal_generate");
	handle("raw_tp/signal_deliver", "signal_deliver");
	is_registered = 1;
}

/*
 * Loads a prepared object.
 * @param first attached as soon as it is loaded, if programs for signals follow; NULL: none.
 * @param context a program of the type BPF_PROG_TYPE_SYSCALL that runs before; NULL: none.
 * Returns the `struct bpf_link *` of `first`, 0 if it is not attached, or -errno.
 */
API int64_t object_load_recorder(struct bpf_object *object, const struct bpf_program *first,
				 const struct bpf_program *context)
{
	int error, late_error;

	first_program = first;
	context_program = context;
	object_btf_fd = bpf_object__btf_fd(object);
	first_link = NULL;
	first_error = 0;
	preload_start(object);
	error = bpf_object__load(object);
	late_error = preload_finish(!error);
	first_program = NULL;
	if (!error)
		error = late_error ? late_error : first_error;
	if (error && first_link)
		bpf_link__destroy(first_link);
	return error ? error : (intptr_t)first_link;
}
