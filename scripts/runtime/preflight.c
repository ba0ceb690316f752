// SPDX-License-Identifier: MIT
/*
 * Runs before the runtime's first instruction. It checks that /proc, threads, stack, addresses and
 * open files suffice for the runtime, which otherwise ends in a crash report. Before it raises
 * limits that are too low, it records what a COMMAND has to inherit. At the end it hides the
 * environment from the runtime, except a few variables. It uses no library, no relocations and no
 * memory of its own; the linker sets `original` to the runtime's entry point.
 */
#include <linux/resource.h>
#include <stddef.h>
#include "../../src/native/core/inherited.h"
#include "../../src/native/core/raw.h"

#if defined(__x86_64__)
enum { SYS_write = 1, SYS_close = 3, SYS_mmap = 9, SYS_mprotect = 10, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14,
       SYS_nanosleep = 35, SYS_clone = 56, SYS_exit = 60, SYS_getdents64 = 217, SYS_exit_group = 231, SYS_openat = 257,
       SYS_faccessat = 269, SYS_prlimit64 = 302 };
/* the dynamic loader leaves a function pointer in rdx for the real entry */
__asm__(".globl gate\ngate:\n\tendbr64\n\tmov %rsp, %rdi\n\tpush %rdx\n\tsub $8, %rsp\n\tcall look\n\tadd $8, %rsp\n\tpop %rdx\n\tjmp original\n");

/*
 * Whether so many threads can be there at once, 0 or -errno. As with vfork(2) each has its maker's stack, who sleeps until it ends; so one
 * makes the next, and the last is the first to end. No stack is written to, but for an error that whoever met it leaves there.
 */
static long try_threads(long count, long flags)
{
	register long r10 __asm__("r10") = 0;
	register long r8 __asm__("r8") = 0;
	long error = 0;

	__asm__ volatile("mov %[count], %%rbx\n"
			 "1:\tmov %[clone], %%eax\n\tsyscall\n\ttest %%rax, %%rax\n\tjnz 2f\n"
			 "\tdec %%rbx\n\tjnz 1b\n\tjmp 3f\n"
			 "2:\tjns 4f\n\tmov %%rax, (%[error])\n"
			 "4:\tcmp %[count], %%rbx\n\tje 5f\n"
			 "3:\tmov %[exit], %%eax\n\txor %%edi, %%edi\n\tsyscall\n"
			 "5:"
			 :
			 : [count] "r"(count), [error] "r"(&error), [clone] "i"(SYS_clone), [exit] "i"(SYS_exit), "D"(flags),
			   "S"(0L), "d"(0L), "r"(r10), "r"(r8)
			 : "rax", "rbx", "rcx", "r11", "memory");
	return error;
}
#elif defined(__aarch64__)
enum { SYS_faccessat = 48, SYS_openat = 56, SYS_close = 57, SYS_getdents64 = 61, SYS_write = 64, SYS_exit = 93,
       SYS_exit_group = 94, SYS_nanosleep = 101, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135, SYS_clone = 220,
       SYS_mmap = 222, SYS_mprotect = 226, SYS_prlimit64 = 261 };
/* the dynamic loader leaves a function pointer in x0 for the real entry */
__asm__(".globl gate\ngate:\n\tbti c\n\tstp x0, x30, [sp, #-16]!\n\tadd x0, sp, #16\n\tbl look\n\tldp x0, x30, [sp], #16\n\tb original\n");

/* See above. */
static long try_threads(long count, long flags)
{
	register long x0 __asm__("x0") = flags;
	register long x1 __asm__("x1") = 0;
	register long x2 __asm__("x2") = 0;
	register long x3 __asm__("x3") = 0;
	register long x4 __asm__("x4") = 0;
	long error = 0;

	__asm__ volatile("mov x19, %[count]\n\tmov x20, x0\n"
			 "1:\tmov x8, %[clone]\n\tmov x0, x20\n\tsvc #0\n\tcbnz x0, 2f\n"
			 "\tsubs x19, x19, #1\n\tb.ne 1b\n\tb 3f\n"
			 "2:\ttbz x0, #63, 4f\n\tstr x0, [%[error]]\n"
			 "4:\tcmp x19, %[count]\n\tb.eq 5f\n"
			 "3:\tmov x8, %[exit]\n\tmov x0, #0\n\tsvc #0\n"
			 "5:"
			 : "+r"(x0)
			 : [count] "r"(count), [error] "r"(&error), [clone] "i"(SYS_clone), [exit] "i"(SYS_exit), "r"(x1), "r"(x2),
			   "r"(x3), "r"(x4)
			 : "x8", "x19", "x20", "cc", "memory");
	return error;
}
#endif

#define KB 1024UL
#define GB (1024UL * 1024 * KB)
#define AT_FDCWD -100
#define R_OK 4
#define EAGAIN 11
/* CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK | CLONE_THREAD | CLONE_SYSVSEM of linux/sched.h */
#define THREAD (0x100 | 0x200 | 0x400 | 0x800 | 0x4000 | 0x10000 | 0x40000)
/* The runtime has so many besides the first when it has started. */
#define THREADS 5
#define TRIES 100
#define PAUSE_NS 20000000L

static void refuse(const char *sentence, size_t bytes)
{
	call(SYS_write, 2, (long)sentence, bytes, 0, 0, 0);
	call(SYS_exit_group, 1, 0, 0, 0, 0, 0);
}
#define REFUSE(sentence) refuse("exitsnoop: " sentence "\n", sizeof("exitsnoop: " sentence "\n") - 1)

/* Raises a limit to `wanted`, or as far as the hard limit allows. Returns the resulting limit. */
static unsigned long raise(int what, unsigned long wanted)
{
	struct rlimit64 limit, higher;

	if (call(SYS_prlimit64, 0, what, 0, (long)&limit, 0, 0) || limit.rlim_cur >= wanted)
		return wanted;
	higher.rlim_cur = wanted;
	higher.rlim_max = limit.rlim_max < wanted ? wanted : limit.rlim_max;
	if (!call(SYS_prlimit64, 0, what, (long)&higher, 0, 0, 0))
		return wanted;
	higher.rlim_cur = higher.rlim_max = limit.rlim_max;
	return call(SYS_prlimit64, 0, what, (long)&higher, 0, 0, 0) ? limit.rlim_cur : limit.rlim_max;
}

/*
 * asm/signal.h, asm-generic/mman-common.h, linux/mman.h, linux/fcntl.h: the numbers are equal on
 * x86-64 and AArch64.
 */
#define SIGNALS 64
#define SIG_IGN 1
#define SIG_UNBLOCK 1
#define SIGPWR 30
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE 0x02
#define MAP_ANONYMOUS 0x20
#define MAP_FIXED_NOREPLACE 0x100000
#define O_CLOEXEC 02000000

/* `struct linux_dirent64` */
struct entry {
	unsigned long inode, offset;
	unsigned short bytes;
	unsigned char type;
	char name[];
};

static void record_files(struct inherited *record)
{
	unsigned long words[64]; /* aligned for struct entry */
	long own = call(SYS_openat, AT_FDCWD, (long)"/proc/self/fd", O_CLOEXEC, 0, 0, 0), bytes;

	if (own < 0)
		return;
	while ((bytes = call(SYS_getdents64, own, (long)words, sizeof(words), 0, 0, 0)) > 0) {
		struct entry *entry;

		for (char *at = (char *)words; at < (char *)words + bytes; at += entry->bytes) {
			unsigned long fd = 0;

			entry = (struct entry *)at;
			if (entry->name[0] == '.')
				continue;
			for (const char *digit = entry->name; *digit; digit++)
				fd = fd * 10 + (*digit - '0');
			if (fd < MAX_FILES && fd != (unsigned long)own)
				record->files[fd / BITS_PER_WORD] |= 1UL << fd % BITS_PER_WORD;
		}
	}
	call(SYS_close, own, 0, 0, 0, 0, 0);
	record->has_files = bytes == 0;
}

/*
 * Records what a COMMAND has to inherit, for src/native/core/inherited.c. If the address is
 * taken, there is no record, and a COMMAND inherits what can still be found out later.
 */
static struct inherited *record_inherited(void)
{
	static const unsigned char limits[LIMIT_COUNT] = { RLIMIT_NOFILE, RLIMIT_STACK, RLIMIT_AS, RLIMIT_DATA, RLIMIT_SIGPENDING };
	struct inherited *record = (struct inherited *)INHERITED_ADDRESS;
	const unsigned long runtimes = 1UL << (SIGPWR - 1);
	unsigned long action[4]; /* the kernel's `struct sigaction`, which begins with the handler */

	if (call(SYS_mmap, (long)record, sizeof(*record), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (long)record)
		return NULL;
	for (int signal = 1; signal <= SIGNALS; signal++)
		if (!call(SYS_rt_sigaction, signal, 0, (long)action, 8, 0, 0) && action[0] == SIG_IGN)
			record->ignored |= 1UL << (signal - 1);
	call(SYS_rt_sigprocmask, 0, 0, (long)&record->blocked, 8, 0, 0);
	for (int i = 0; i < LIMIT_COUNT; i++)
		call(SYS_prlimit64, 0, limits[i], 0, (long)&record->limits[i], 0, 0);
	record->magic = INHERITED_MAGIC;
	/*
	 * The runtime stops its threads by SIGPWR. If that signal is ignored or blocked, the runtime
	 * complains or waits for ever.
	 */
	action[0] = action[1] = action[2] = action[3] = 0;
	call(SYS_rt_sigaction, SIGPWR, (long)action, 0, 8, 0, 0);
	call(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&runtimes, 0, 8, 0, 0);
	return record;
}

/*
 * The variables that the runtime sees. All others, such as BUN_CRASH_REPORT_URL or
 * LIBBPF_BPF_TOKEN_PATH, could change what a tracer that runs as root does. A name that ends in _
 * is a prefix: all variables that begin with it are visible.
 */
static const char visible[] = "PATH\0TERM\0NO_COLOR\0TZ\0LANG\0LC_ALL\0LC_CTYPE\0KUBERNETES_SERVICE_HOST\0SUDO_UID\0BTF_FILE_PATH\0EXITSNOOP_\0";

static int is_visible(const char *variable)
{
	const char *name = visible;

	while (*name) {
		const char *at = variable;

		while (*name && *name == *at) {
			name++;
			at++;
		}
		if (!*name && (*at == '=' || name[-1] == '_'))
			return 1;
		while (*name)
			name++;
		name++;
	}
	return 0;
}

/*
 * Makes the hidden variables empty strings, which no lookup finds. Only the pointers change:
 * native/child_environment.c makes COMMAND's environment of the strings, and musl expects the auxiliary
 * vector behind as many pointers. `stack` holds argc, argv, NULL, envp, NULL.
 */
static void hide_environment(long *stack)
{
	const char **variable = (const char **)stack + 1 + stack[0] + 1;

	for (; *variable; variable++)
		if (!is_visible(*variable))
			*variable = visible + sizeof(visible) - 1;
}

__attribute__((used)) static void look(long *stack)
{
	const long pause[] = { 0, PAUSE_NS };
	struct inherited *record = record_inherited();
	int tries = 0;

	if (call(SYS_faccessat, AT_FDCWD, (long)"/proc/self/maps", R_OK, 0, 0, 0))
		REFUSE("there is no /proc, without which its runtime does not start; mount it (mount -t proc proc /proc)");
	if (raise(RLIMIT_NOFILE, 64) < 8)
		REFUSE("we need 64 files, and may open less than 8; raise the limit of open files (ulimit -n)");
	if (record) {
		record_files(record);
		call(SYS_mprotect, (long)record, sizeof(*record), PROT_READ, 0, 0, 0);
	}
	if (raise(RLIMIT_STACK, 1024 * KB) < 256 * KB)
		REFUSE("less than 256 KB of stack, with which its runtime does not start; raise the limit (ulimit -s)");
	if (raise(RLIMIT_AS, 4 * GB) < 3 * GB)
		REFUSE("less than 3 GB of address space, most of which its runtime reserves and never uses; raise the limit (ulimit -v)");
	/* private memory that may be written counts, also what is only reserved */
	if (raise(RLIMIT_DATA, 8 * GB) < 3 * GB)
		REFUSE("less than 3 GB of data, most of which its runtime reserves and never uses; raise the limit (ulimit -d)");
	/* a realtime signal goes to each thread when privileges are dropped: native/all_threads.c */
	raise(RLIMIT_SIGPENDING, SIGNALS);
	while (try_threads(THREADS, THREAD) == -EAGAIN) {
		if (++tries > TRIES)
			REFUSE("no thread can be started, since the limit of processes (ulimit -u, pids.max of the cgroup, "
			       "kernel.pid_max) is met; raise it, or end some of them");
		call(SYS_nanosleep, (long)pause, 0, 0, 0, 0, 0);
	}
	hide_environment(stack);
}
