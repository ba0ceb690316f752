// SPDX-License-Identifier: MIT
/*
 * Threads where no process can be started. The JavaScript engine aborts where it gets none for its collector or its compilers, which
 * it also starts long after the start, once they have been idle for ten seconds; and who looks for what has filled a machine
 * with processes traces just there. So the engine's pthread_create(3) becomes one that takes a spare thread of ours where the kernel
 * gives none, and waits for room when they are used up.
 */
#include <elf.h>
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

/* As many as it ever has of its own. */
#define SPARES 6
#define WAIT_NS 20000000L
/* Once we are to end, or while we have not begun, there is no use in waiting for long. */
#define PATIENCE_NS (2 * NS_PER_SEC)

#if defined(__x86_64__)
#define JUMP_SLOT R_X86_64_JUMP_SLOT
#define GLOB_DAT R_X86_64_GLOB_DAT
#elif defined(__aarch64__)
#define JUMP_SLOT R_AARCH64_JUMP_SLOT
#define GLOB_DAT R_AARCH64_GLOB_DAT
#endif

static volatile int has_begun;

/* The C library's, as the loader found it for the engine: as an import of ours it would need a glibc of 2.34. */
static int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

struct job {
	void *(*start)(void *);
	void *argument;
};

static int jobs[2] = { -1, -1 }, takers[2] = { -1, -1 };	/* pipes */
static volatile int spares;

/* A spare thread, which becomes the first job that it gets. No signal is for it before. */
static void *wait_for_job(void *before)
{
	pthread_t self = pthread_self();
	sigset_t mask = *(sigset_t *)before;
	struct job job;

	while (read(jobs[0], &job, sizeof(job)) != sizeof(job)) {
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	while (write(takers[1], &self, sizeof(self)) != sizeof(self)) {
	}
	return job.start(job.argument);
}

/* Fills up the spares as far as the kernel lets us. */
static void make_spares(void)
{
	static sigset_t before;
	sigset_t all;
	pthread_t thread;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	while (create && jobs[0] >= 0 && spares < SPARES && !create(&thread, NULL, wait_for_job, &before))
		spares++;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/* One job at a time, or two who want a thread would get each other's. */
static int give_to_spare(pthread_t *thread, const struct job *job)
{
	static int is_busy;
	int given = 0;

	while (__atomic_test_and_set(&is_busy, __ATOMIC_ACQUIRE))
		sched_yield();
	if (spares && write(jobs[1], job, sizeof(*job)) == sizeof(*job)) {
		spares--;
		while (read(takers[0], thread, sizeof(*thread)) != sizeof(*thread)) {
		}
		given = 1;
	}
	__atomic_clear(&is_busy, __ATOMIC_RELEASE);
	return given;
}

static _Noreturn void give_up(void)
{
	static const char sentence[] = "exitsnoop: no thread can be started, since the limit of processes (ulimit -u, pids.max of "
				       "the cgroup, kernel.pid_max) is met; raise it, or end some of them\n";

	/* nobody listens: there is nowhere left to say that */
	(void)!write(STDERR_FILENO, sentence, sizeof(sentence) - 1);
	_exit(1);
}

static int create_patiently(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *argument)
{
	const struct timespec pause = { 0, WAIT_NS };
	const struct job job = { start, argument };
	int64_t hopeless_since = 0;
	int error;

	while ((error = create(thread, attributes, start, argument)) == EAGAIN) {
		if (give_to_spare(thread, &job))
			return 0;
		if (has_begun && !stop_signal)
			hopeless_since = 0;
		else if (!hopeless_since)
			hopeless_since = now(CLOCK_MONOTONIC);
		else if (now(CLOCK_MONOTONIC) - hopeless_since > PATIENCE_NS)
			give_up();
		nanosleep(&pause, NULL);
	}
	/* there is room again */
	if (has_begun && spares < SPARES && getpid() == syscall(SYS_gettid))
		make_spares();
	return error;
}

/* Where the main program keeps the addresses of what it calls in libraries. */
struct tables {
	ElfW(Addr) base;
	const ElfW(Sym) *symbols;
	const char *names;
};

static void replace(const struct tables *tables, const ElfW(Rela) *relocation, size_t bytes)
{
	for (const ElfW(Rela) *end = relocation + bytes / sizeof(*relocation); relocation < end; relocation++) {
		uint32_t type = ELF64_R_TYPE(relocation->r_info);
		const char *name = tables->names + tables->symbols[ELF64_R_SYM(relocation->r_info)].st_name;
		void **slot = (void **)(tables->base + relocation->r_offset);
		uintptr_t page = (uintptr_t)slot & -sysconf(_SC_PAGESIZE);

		if ((type != JUMP_SLOT && type != GLOB_DAT) || strcmp(name, "pthread_create"))
			continue;
		if (mprotect((void *)page, (uintptr_t)(slot + 1) - page, PROT_READ | PROT_WRITE))
			continue;
		create = (typeof(create))*slot;
		*slot = (void *)create_patiently;
	}
}

/* The main program comes first. */
static int in_main_program(struct dl_phdr_info *info, size_t size, void *unused)
{
	struct tables tables = { .base = info->dlpi_addr };
	const ElfW(Rela) *calls = NULL, *data = NULL;
	size_t calls_bytes = 0, data_bytes = 0;

	(void)size, (void)unused;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_DYNAMIC)
			continue;
		for (ElfW(Dyn) *d = (void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr); d->d_tag != DT_NULL; d++) {
			/* the loader has made addresses of them, but for those that are there already */
			ElfW(Addr) at = d->d_un.d_ptr + (d->d_un.d_ptr < info->dlpi_addr ? info->dlpi_addr : 0);

			if (d->d_tag == DT_SYMTAB)
				tables.symbols = (void *)at;
			else if (d->d_tag == DT_STRTAB)
				tables.names = (void *)at;
			else if (d->d_tag == DT_JMPREL)
				calls = (void *)at;
			else if (d->d_tag == DT_PLTRELSZ)
				calls_bytes = d->d_un.d_val;
			else if (d->d_tag == DT_RELA)
				data = (void *)at;
			else if (d->d_tag == DT_RELASZ)
				data_bytes = d->d_un.d_val;
		}
	}
	if (tables.symbols && tables.names) {
		if (calls)
			replace(&tables, calls, calls_bytes);
		if (data)
			replace(&tables, data, data_bytes);
	}
	return 1;
}

/* From now on the engine's threads wait for room. */
API void patient_threads(void)
{
	dl_iterate_phdr(in_main_program, NULL);
}

/*
 * From now on we trace: what dies while the engine waits for a thread is kept in the ring, or counted, so it may wait without end,
 * until a stop signal. And it has spare ones.
 */
API void patient_while_tracing(void)
{
	has_begun = 1;
	if (!pipe2(jobs, O_CLOEXEC) && !pipe2(takers, O_CLOEXEC))
		make_spares();
}

/* Ends the process without whatever the engine does at its end, for which it may want a thread more. All is written already. */
API void leave(int status)
{
	_exit(status);
}
