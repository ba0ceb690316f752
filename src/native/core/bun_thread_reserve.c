// SPDX-License-Identifier: MIT
/*
 * Keeps a reserve of threads for when the process limit is reached, which is a reason to trace.
 * JavaScriptCore aborts if pthread_create(3) fails, and it creates threads at any time, since its
 * collector and compiler threads exit after ten idle seconds. So its calls are redirected to a
 * function that uses the reserve if the kernel creates no thread, and waits if the reserve is
 * empty. To check it on a new Bun: "limit of processes" in test/e2e/env-limits.test.ts.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

#define RESERVE_SIZE 6 /* the most threads that the engine was seen to have */
#define RETRY_NS 20000000L
#define TIMEOUT_NS (2 * NS_PER_SEC)

#if defined(__x86_64__)
#define JUMP_SLOT R_X86_64_JUMP_SLOT
#define GLOB_DAT R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define JUMP_SLOT R_AARCH64_JUMP_SLOT
#define GLOB_DAT R_AARCH64_GLOB_DAT
#endif

struct job {
	void *(*start)(void *);
	void *argument;
};

/* pthread_create(3) as the engine imports it; an import of this library would need glibc 2.34 */
static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
static volatile int is_tracing, reserved;
/* pipes: to the reserved threads, and back with the pthread_t of the one that took the job */
static int jobs[2] = { -1, -1 }, takers[2] = { -1, -1 };

/* Waits, with all signals blocked, for a job, and becomes the thread that the engine asked for. */
static void *run_reserved(void *mask)
{
	pthread_t self = pthread_self();
	sigset_t signals = *(sigset_t *)mask;
	struct job job;

	while (read(jobs[0], &job, sizeof(job)) != sizeof(job)) {
	}
	sigprocmask(SIG_SETMASK, &signals, NULL);
	while (write(takers[1], &self, sizeof(self)) != sizeof(self)) {
	}
	return job.start(job.argument);
}

static int start_with_signals_blocked(void *(*start)(void *), void *argument, sigset_t *old)
{
	pthread_t thread;
	sigset_t all;
	int error;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
	error = create(&thread, NULL, start, argument);
	sigprocmask(SIG_SETMASK, old, NULL);
	return error;
}

int start_thread(void *(*start)(void *))
{
	sigset_t mask;

	return create ? start_with_signals_blocked(start, NULL, &mask) : -1;
}

static void fill_reserve(void)
{
	static sigset_t mask;

	while (create && reserved < RESERVE_SIZE &&
	       !start_with_signals_blocked(run_reserved, &mask, &mask))
		reserved++;
}

/* Returns true if a reserved thread runs the job. The lock pairs each job with its taker. */
static int use_reserve(pthread_t *thread, const struct job *job)
{
	static int lock;
	int is_taken = 0;

	while (__atomic_test_and_set(&lock, __ATOMIC_ACQUIRE))
		sched_yield();
	if (reserved && write(jobs[1], job, sizeof(*job)) == sizeof(*job)) {
		reserved--;
		while (read(takers[0], thread, sizeof(*thread)) != sizeof(*thread)) {
		}
		is_taken = 1;
	}
	__atomic_clear(&lock, __ATOMIC_RELEASE);
	return is_taken;
}

static _Noreturn void fail(void)
{
	static const char message[] = "exitsnoop: no thread can be started, because the process "
				      "limit (ulimit -u, pids.max of the cgroup, kernel.pid_max) "
				      "is reached; raise it, or end some processes\n";

	/* if stderr fails as well, there is no other output */
	(void)!write(STDERR_FILENO, message, sizeof(message) - 1);
	_exit(1);
}

/*
 * Replaces pthread_create(3). While the tracer runs, the kernel keeps or counts exits, so this
 * waits without a limit; during start-up and after a stop signal, it fails after TIMEOUT_NS.
 */
static int create_with_reserve(pthread_t *thread, const pthread_attr_t *attributes,
			       void *(*start)(void *), void *argument)
{
	const struct timespec pause = { 0, RETRY_NS };
	const struct job job = { start, argument };
	int64_t deadline = 0;
	int error;

	while ((error = create(thread, attributes, start, argument)) == EAGAIN) {
		if (use_reserve(thread, &job))
			return 0;
		if (is_tracing && !stop_signal)
			deadline = 0;
		else if (!deadline)
			deadline = now(CLOCK_MONOTONIC) + TIMEOUT_NS;
		else if (now(CLOCK_MONOTONIC) > deadline)
			fail();
		nanosleep(&pause, NULL);
	}
	if (is_tracing && getpid() == syscall(SYS_gettid))
		fill_reserve();
	return error;
}

/*
 * Replaces the address of pthread_create(3) in the main program's global offset table. table, size:
 * the tags of a table of relocations and of its size in bytes.
 */
static void replace(ElfW(Addr) base, const ElfW(Addr) *dynamic, int table, int size)
{
	const ElfW(Sym) *symbols = (void *)dynamic[DT_SYMTAB];
	const ElfW(Rela) *it = (void *)dynamic[table], *end = it + dynamic[size] / sizeof(*it);

	for (; it && it < end; it++) {
		uint32_t type = ELF64_R_TYPE(it->r_info);
		uint32_t name = symbols[ELF64_R_SYM(it->r_info)].st_name;
		void **slot = (void **)(base + it->r_offset);
		uintptr_t page = (uintptr_t)slot & -sysconf(_SC_PAGESIZE);

		if ((type != JUMP_SLOT && type != GLOB_DAT) ||
		    strcmp((char *)dynamic[DT_STRTAB] + name, "pthread_create"))
			continue;
		if (mprotect((void *)page, (uintptr_t)(slot + 1) - page, PROT_READ | PROT_WRITE))
			continue;
		create = (typeof(create))*slot;
		*slot = (void *)create_with_reserve;
	}
}

/* Called for the main program, which is the first that dl_iterate_phdr(3) lists. */
static int hook_main_program(struct dl_phdr_info *info, size_t size, void *unused)
{
	ElfW(Addr) dynamic[DT_NUM] = {};
	const ElfW(Dyn) *entry = NULL;

	(void)size, (void)unused;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
			entry = (void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	for (; entry && entry->d_tag != DT_NULL; entry++) {
		int is_address = entry->d_tag == DT_SYMTAB || entry->d_tag == DT_STRTAB ||
				 entry->d_tag == DT_JMPREL || entry->d_tag == DT_RELA;

		if (entry->d_tag < 0 || entry->d_tag >= DT_NUM)
			continue;
		dynamic[entry->d_tag] = entry->d_un.d_val;
		/* glibc's loader has added the base, musl's has not */
		if (is_address && entry->d_un.d_ptr < info->dlpi_addr)
			dynamic[entry->d_tag] += info->dlpi_addr;
	}
	if (dynamic[DT_SYMTAB] && dynamic[DT_STRTAB]) {
		replace(info->dlpi_addr, dynamic, DT_JMPREL, DT_PLTRELSZ);
		replace(info->dlpi_addr, dynamic, DT_RELA, DT_RELASZ);
	}
	return 1;
}

/* Redirects the engine's calls of pthread_create(3); called first. */
API void hook_pthread_create(void)
{
	dl_iterate_phdr(hook_main_program, NULL);
}

/* Creates the reserve; called once the programs are attached. */
API void reserve_threads(void)
{
	is_tracing = 1;
	if (!pipe2(jobs, O_CLOEXEC) && !pipe2(takers, O_CLOEXEC))
		fill_reserve();
}

/* Ends the process without the engine's exit handlers, which may need a thread. */
API void exit_now(int status)
{
	screen_close();
	_exit(status);
}
