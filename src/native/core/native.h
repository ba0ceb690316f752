/* SPDX-License-Identifier: MIT */
/* Declarations for the C files of the native core. core.h declares the functions for TypeScript. */
#ifndef NATIVE_H
#define NATIVE_H

#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

/* Marks a definition that TypeScript calls. */
#define API __attribute__((visibility("default")))

struct reader;

#define MAX_OUTPUTS 8 /* src/system/output-file.ts has the same number */

/*
 * The head of a batch, before its records. src/bpf/reader.ts has the same order. Doubles, because
 * JavaScript reads a uint64_t as a BigInt; every value is far below 2^53.
 */
struct batch_head {
	double used;		/* bytes of records after this head */
	double drops;		/* records that found no room in a ring, since the start */
	double missed;		/* runs of the program that the kernel skipped without a fallback */
	double wall_seconds;	/* CLOCK_REALTIME - CLOCK_BOOTTIME of the initial time namespace */
	double wall_nanoseconds;	/* 0..999999999, to be added to wall_seconds */
	double stop_signal;	/* the signal that asked the tracer to stop, or 0 */
	double is_output_closed;	/* 1 if no process can read any of the outputs any more */
	double pending;		/* more than 0 if records are left in the rings */
	double is_watched_ready;	/* 1 once if the watched descriptor became readable */
	double is_reopen_requested;	/* 1 once if a signal asked to reopen the output files */
	double is_summary_requested;	/* 1 once if a signal asked for a summary */
	double is_redraw_requested;	/* 1 once if the terminal's contents may have changed */
};

/* Precedes each record in a batch. The next head follows the record at a multiple of 8 bytes. */
struct record_head {
	uint32_t size;
	uint32_t source;	/* what reader_add_ring() or reader_add_perf() returned */
};

/*
 * signals.c: the first stop signal, or 0; stop_fd is readable from then on, and after a signal that
 * asks to reopen the output files, until clear_wake_up()
 */
extern volatile int stop_signal;
extern int stop_fd;
void clear_wake_up(void);
/* Returns true once after each signal that asks to reopen the output files. */
int take_reopen_request(void);
/* Returns true once after each SIGUSR1 that is not for COMMAND. */
int take_summary_request(void);

/* Ends the sleep of a reader. Safe in a signal handler, as the next one. */
void wake_up(void);
/* Stops this process by a signal such as SIGTSTP, although it is handled. */
void stop_process(int signal);

/* screen.c */
int take_redraw_request(void);
void screen_close(void);

/* libbpf calls these: scripts/build/libbpf-patches.ts */
int open_regular(const char *path);
FILE *fopen_regular(const char *path);
struct btf *take_kernel_types(void);

/* Returns true if the output files are reopened on SIGHUP. */
int reopens_on_hangup(void);

/* system.c */
int has_controlling_terminal(void);

#define NS_PER_SEC 1000000000LL
#define NS_PER_MS 1000000LL

/* clock.c; in ns */
int64_t now(clockid_t clock);
int64_t realtime_offset(void);

/* load_order.c */
void register_load_order(void);

struct bpf_object;
struct btf;
struct bpf_program;
struct bpf_prog_load_opts;

/* syscall_programs.c */
int run_prepared(const struct bpf_program *program, int btf_fd);

/* kernel_types.c */
const struct btf *kernel_types(void);

/* preload.c */
int has_second_cpu(void);
int load_prepared(const struct bpf_program *program, int btf_fd, uint32_t flags);
void preload_start(struct bpf_object *object);
void preload_replace(struct bpf_program *program, struct bpf_prog_load_opts *options);
int preload_finish(int is_loaded);

/*
 * bun_thread_reserve.c: starts a thread with all signals blocked, which cannot be joined. Returns
 * anything but 0 if there is none.
 */
int start_thread(void *(*start)(void *));

/* child_memory.c */
void unmap_memory_of_parent(void);

/* bun_pages.c */
void release_file_pages(void);
/* Opens what release_startup_pages() reads, and makes the program's modules read-only. */
void prepare_page_release(void);

/*
 * Returns the signal that this process gets when its parent dies (PR_SET_PDEATHSIG), as it was at
 * the start: a change of the file system's user id clears it. 0: none.
 */
int parent_death_signal(void);

#endif
