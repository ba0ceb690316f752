// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Uses functions and variables of the kernel, strong and weak: .ksyms contains all four kinds. The
 * number iterator exists since Linux 6.4.
 */
#include "marked.bpf.h"
#include "kernel-functions.h"

char LICENSE[] SEC("license") = "GPL";

struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __ksym;
extern int no_such_function(int number) __ksym __weak;
extern const void do_exit __ksym;
extern const void no_such_variable __ksym __weak;

/* gives one function two names */
__attribute__((noinline)) int twice(int number)
{
	return 2 * number;
}
int double_of(int number) __attribute__((alias("twice")));

static __always_inline void fill(struct event *e, unsigned int number)
{
	struct bpf_iter_num it;
	int sum = 0, *next;

	bpf_iter_num_new(&it, 0, 5);
	while ((next = bpf_iter_num_next(&it)))
		sum += *next;
	bpf_iter_num_destroy(&it);
	e->number = number;
	e->sum = double_of(sum);
	e->is_there = (unsigned long)&do_exit >> 63;
	e->is_missing = !no_such_function && &no_such_variable == 0;
}

EVENT_PER_CALL(fill)
