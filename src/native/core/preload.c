// SPDX-License-Identifier: MIT
/*
 * Loads the programs for signals in a second thread, while libbpf loads the others: verification is
 * most of the start-up time, and the verifier uses one CPU per load. libbpf loads a placeholder in
 * place of each program that the thread has loaded; its descriptor is replaced by that of the
 * program. A program that the thread cannot load is loaded again by libbpf, which reports why.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

#define PRELOADED_SECTIONS "raw_tp/signal_"
#define LICENSE "Dual MIT/GPL"	/* of bpf/recorder.bpf.c */
#define MAX_PRELOADED 4

static struct preloaded {
	struct bpf_program *program;
	int is_done;		/* a futex */
	int fd;			/* of the loaded program; negative: it was not loaded */
	int has_placeholder;	/* libbpf loads a placeholder in its place */
} preloaded[MAX_PRELOADED];
static int count, object_btf_fd;

/*
 * Loads one program of a prepared object, beside libbpf's own copy.
 * @param btf_fd of the object. @param flags BPF_F_*: libbpf sets its own only when it loads.
 * Returns a descriptor, which the caller owns, or -errno.
 */
int load_prepared(const struct bpf_program *program, int btf_fd, uint32_t flags)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_btf_fd = btf_fd, .prog_flags = flags,
		    .func_info = bpf_program__func_info(program),
		    .func_info_cnt = bpf_program__func_info_cnt(program),
		    .func_info_rec_size = sizeof(struct bpf_func_info),
		    .line_info = bpf_program__line_info(program),
		    .line_info_cnt = bpf_program__line_info_cnt(program),
		    .line_info_rec_size = sizeof(struct bpf_line_info));

	return bpf_prog_load(bpf_program__type(program), bpf_program__name(program), LICENSE,
			     bpf_program__insns(program), bpf_program__insn_cnt(program), &options);
}

static void *load_all(void *unused)
{
	for (struct preloaded *it = preloaded; it < preloaded + count; it++) {
		it->fd = load_prepared(it->program, object_btf_fd, 0);
		__atomic_store_n(&it->is_done, 1, __ATOMIC_RELEASE);
		syscall(SYS_futex, &it->is_done, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	}
	return unused;
}

/* Returns true if a second thread can run beside this one. */
int has_second_cpu(void)
{
	cpu_set_t cpus;

	return !sched_getaffinity(0, sizeof(cpus), &cpus) && CPU_COUNT(&cpus) > 1;
}

/* Starts the thread, if the object has such programs. Called between prepare and load. */
void preload_start(struct bpf_object *object)
{
	struct bpf_program *program;

	count = 0;
	object_btf_fd = bpf_object__btf_fd(object);
	if (object_btf_fd < 0 || !has_second_cpu())
		return;
	bpf_object__for_each_program(program, object) {
		const char *section = bpf_program__section_name(program);

		if (count < MAX_PRELOADED && bpf_program__autoload(program) &&
		    !strncmp(section, PRELOADED_SECTIONS, sizeof(PRELOADED_SECTIONS) - 1))
			preloaded[count++] = (struct preloaded){ .program = program, .fd = -1 };
	}
	if (count && start_thread(load_all))
		count = 0;
}

static void wait_for(struct preloaded *it)
{
	while (!__atomic_load_n(&it->is_done, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &it->is_done, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

/* Called when libbpf is about to load a program: replaces a loaded one by a placeholder. */
void preload_replace(struct bpf_program *program, struct bpf_prog_load_opts *options)
{
	static struct bpf_insn placeholder[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },	/* r0 = 0 */
		{ .code = BPF_JMP | BPF_EXIT },
	};

	for (struct preloaded *it = preloaded; it < preloaded + count; it++) {
		if (it->program != program)
			continue;
		wait_for(it);
		if (it->fd < 0 || bpf_program__set_insns(program, placeholder, 2))
			continue;
		it->has_placeholder = 1;
		options->func_info_cnt = 0;
		options->line_info_cnt = 0;
	}
}

/*
 * Replaces the descriptors of the placeholders. Waits for the thread; called after each load.
 * Returns 0 or -errno.
 */
int preload_finish(int is_loaded)
{
	int error = 0;

	for (struct preloaded *it = preloaded; it < preloaded + count; it++) {
		wait_for(it);
		if (it->fd < 0)
			continue;
		if (is_loaded && it->has_placeholder &&
		    dup3(it->fd, bpf_program__fd(it->program), O_CLOEXEC) < 0)
			error = -errno;
		close(it->fd);
	}
	count = 0;
	return error;
}
