// SPDX-License-Identifier: MIT
/*
 * Runs before the runtime's entry point and refuses, with one line, a system on which the runtime
 * would end in a crash report: an old processor, no /proc, low limits. It raises soft limits that
 * are too low, and before that records what the child command has to inherit. At the end it hides
 * the environment from the runtime, except some variables.
 *
 * The code has no C library, no relocations and no writable data. The linker sets runtime_entry to
 * the runtime's entry point. README.md says why all of this exists.
 */
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/signal.h>
#include <stddef.h>
#include "../../src/native/core/inherited.h"
#include "../../src/native/core/raw.h"

/* The dynamic loader passes a function pointer to the entry point in rdx or x0; both survive. */
#if defined(__x86_64__)
#include <cpuid.h>
__asm__(".globl preflight_entry\npreflight_entry:\n\tendbr64\n\tmov %rsp, %rdi\n\tpush %rdx\n"
	"\tsub $8, %rsp\n\tcall preflight\n\tadd $8, %rsp\n\tpop %rdx\n\tjmp runtime_entry\n");

/* The runtime is compiled for x86-64-v2 and dies of SIGILL in a constructor without these. */
static int has_required_instructions(void)
{
	const unsigned int required = bit_SSE3 | bit_SSSE3 | bit_SSE4_1 | bit_SSE4_2 | bit_POPCNT;
	unsigned int eax, ebx, ecx, edx;

	__cpuid(1, eax, ebx, ecx, edx);
	return (ecx & required) == required;
}
#elif defined(__aarch64__)
__asm__(".globl preflight_entry\npreflight_entry:\n\tbti c\n\tstp x0, x30, [sp, #-16]!\n"
	"\tadd x0, sp, #16\n\tbl preflight\n\tldp x0, x30, [sp], #16\n\tb runtime_entry\n");

static int has_required_instructions(void)
{
	return 1;
}
#endif

#define KB 1024UL
#define GB (1024UL * 1024 * KB)
#define R_OK 4
#define MAX_SIGNAL 64
/* the threads of the runtime after its start, besides the first */
#define RUNTIME_THREADS 5
#define MAX_TRIES 100
#define PAUSE_NS 20000000L

static void refuse(const char *message, size_t bytes)
{
	call(__NR_write, 2, (long)message, bytes, 0, 0, 0);
	call(__NR_exit_group, 1, 0, 0, 0, 0, 0);
}
#define REFUSE(text) refuse("exitsnoop: " text "\n", sizeof("exitsnoop: " text "\n") - 1)

#define RESERVED "is below 3 GB, which the runtime of exitsnoop reserves but does not use; raise it"

/*
 * Starts `count` threads that exist at the same time. Returns 0, or the -errno of a refused one.
 * CLONE_VFORK lets a thread use its creator's stack while the creator sleeps, so each thread starts
 * the next one, and the last is the first to end. A thread writes to no variable of its creator but
 * `error`.
 */
__attribute__((noinline)) static long start_threads(int count)
{
	const long flags = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_VFORK |
			   CLONE_THREAD | CLONE_SYSVSEM;
	volatile long error = 0;
	long tid = call(__NR_clone, flags, 0, 0, 0, 0, 0);

	if (tid < 0)
		return tid;
	if (tid == 0) {
		if (count > 1)
			error = start_threads(count - 1);
		call(__NR_exit, 0, 0, 0, 0, 0, 0);
	}
	return error;
}

/* Waits up to 2 s until the limits of processes leave room for the runtime's threads. */
static void check_threads(void)
{
	const long pause[] = { 0, PAUSE_NS };

	for (int tries = 0; start_threads(RUNTIME_THREADS) == -EAGAIN; tries++) {
		if (tries == MAX_TRIES)
			REFUSE("no thread can be started, because the process limit (ulimit -u, "
			       "pids.max of the cgroup, kernel.pid_max) is reached; raise it, or "
			       "end some processes");
		call(__NR_nanosleep, (long)pause, 0, 0, 0, 0, 0);
	}
}

/* Raises a limit to `value`, or as far as the hard limit allows. Returns the resulting limit. */
static unsigned long raise_limit(int resource, unsigned long value)
{
	struct rlimit64 limit, higher;

	if (call(__NR_prlimit64, 0, resource, 0, (long)&limit, 0, 0) || limit.rlim_cur >= value)
		return value;
	higher.rlim_cur = value;
	higher.rlim_max = limit.rlim_max < value ? value : limit.rlim_max;
	if (!call(__NR_prlimit64, 0, resource, (long)&higher, 0, 0, 0))
		return value;
	higher.rlim_cur = higher.rlim_max = limit.rlim_max;
	if (!call(__NR_prlimit64, 0, resource, (long)&higher, 0, 0, 0))
		return limit.rlim_max;
	return limit.rlim_cur;
}

/* struct linux_dirent64 of include/linux/dirent.h */
struct directory_entry {
	unsigned long inode, offset;
	unsigned short bytes;
	unsigned char type;
	char name[];
};

static void record_files(struct inherited *record)
{
	unsigned long buffer[64]; /* aligned for struct directory_entry */
	long fds = call(__NR_openat, AT_FDCWD, (long)"/proc/self/fd", O_CLOEXEC, 0, 0, 0), bytes;

	if (fds < 0)
		return;
	while ((bytes = call(__NR_getdents64, fds, (long)buffer, sizeof(buffer), 0, 0, 0)) > 0) {
		struct directory_entry *entry;

		for (char *at = (char *)buffer; at < (char *)buffer + bytes; at += entry->bytes) {
			unsigned long fd = 0;

			entry = (struct directory_entry *)at;
			if (entry->name[0] == '.')
				continue;
			for (const char *digit = entry->name; *digit; digit++)
				fd = fd * 10 + (*digit - '0');
			if (fd < MAX_FILES && fd != (unsigned long)fds)
				record->files[fd / BITS_PER_WORD] |= 1UL << fd % BITS_PER_WORD;
		}
	}
	call(__NR_close, fds, 0, 0, 0, 0, 0);
	record->has_files = bytes == 0;
}

/*
 * Records signals, limits and the environment as execve(2) left them, for the child command;
 * record_files() adds the descriptors. Returns NULL if the address is taken; then the command
 * inherits what can still be found out later.
 */
static struct inherited *record_inherited(char **environment)
{
	static const unsigned char resources[LIMIT_COUNT] = LIMIT_RESOURCES;
	struct inherited *record = (struct inherited *)INHERITED_ADDRESS;
	unsigned long action[4]; /* the kernel's struct sigaction, which begins with the handler */

	if (call(__NR_mmap, (long)record, sizeof(*record), PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) != (long)record)
		return NULL;
	for (int signal = 1; signal <= MAX_SIGNAL; signal++)
		if (!call(__NR_rt_sigaction, signal, 0, (long)action, 8, 0, 0) &&
		    action[0] == (unsigned long)SIG_IGN)
			record->ignored |= 1UL << (signal - 1);
	call(__NR_rt_sigprocmask, 0, 0, (long)&record->blocked, 8, 0, 0);
	for (int i = 0; i < LIMIT_COUNT; i++)
		call(__NR_prlimit64, 0, resources[i], 0, (long)&record->limits[i], 0, 0);
	record->environment = environment[0];
	while (environment[record->environment_count])
		record->environment_count++;
	record->magic = INHERITED_MAGIC;
	return record;
}

/* The runtime stops its threads by SIGPWR; if that is ignored or blocked, it waits for ever. */
static void reset_sigpwr(void)
{
	const unsigned long mask = 1UL << (SIGPWR - 1);
	const unsigned long action[4] = {}; /* SIG_DFL */

	call(__NR_rt_sigaction, SIGPWR, (long)action, 0, 8, 0, 0);
	call(__NR_rt_sigprocmask, SIG_UNBLOCK, (long)&mask, 0, 8, 0, 0);
}

/*
 * The variables that the runtime sees. Others, such as BUN_OPTIONS or LIBBPF_BPF_TOKEN_PATH, could
 * change what a tracer that runs as root does. A name that ends in _ allows all that begin so.
 */
static const char allowed[] = "PATH\0TERM\0NO_COLOR\0TZ\0LANG\0LC_ALL\0LC_CTYPE\0"
			      "KUBERNETES_SERVICE_HOST\0SUDO_UID\0BTF_FILE_PATH\0EXITSNOOP_\0";

static int is_allowed(const char *variable)
{
	for (const char *name = allowed; *name; name++) {
		const char *at = variable;

		for (; *name && *name == *at; name++)
			at++;
		if (!*name && (*at == '=' || name[-1] == '_'))
			return 1;
		while (*name)
			name++;
	}
	return 0;
}

/*
 * Makes the other variables empty strings, which no lookup finds. Only the pointers change: the
 * child command gets the strings, and musl expects the auxiliary vector after as many pointers.
 */
static void hide_environment(char **variable)
{
	for (; *variable; variable++)
		if (!is_allowed(*variable))
			*variable = (char *)allowed + sizeof(allowed) - 1;
}

/* stack: argc, argv, NULL, envp, NULL */
__attribute__((used)) static void preflight(long *stack)
{
	char **environment = (char **)stack + 1 + stack[0] + 1;
	struct inherited *record;

	if (!has_required_instructions())
		REFUSE("this processor lacks SSE4.2 or POPCNT, which exitsnoop needs; in a "
		       "virtual machine, use the host's (QEMU: -cpu host)");
	record = record_inherited(environment);
	if (call(__NR_faccessat, AT_FDCWD, (long)"/proc/self/maps", R_OK, 0, 0, 0))
		REFUSE("/proc is not mounted, which the runtime of exitsnoop needs; mount it (mount -t proc "
		       "proc /proc)");
	if (raise_limit(RLIMIT_NOFILE, 64) < 8)
		REFUSE("fewer than 8 open files are allowed, which is too few; raise the limit "
		       "(ulimit -n)");
	if (record) {
		record_files(record);
		call(__NR_mprotect, (long)record, sizeof(*record), PROT_READ, 0, 0, 0);
	}
	reset_sigpwr();
	if (raise_limit(RLIMIT_STACK, 1024 * KB) < 256 * KB)
		REFUSE("the stack limit is below 256 KB, which the runtime of exitsnoop needs; raise it "
		       "(ulimit -s)");
	if (raise_limit(RLIMIT_AS, 4 * GB) < 3 * GB)
		REFUSE("the address space limit " RESERVED " (ulimit -v)");
	/* counts private writable memory, including what is only reserved */
	if (raise_limit(RLIMIT_DATA, 8 * GB) < 3 * GB)
		REFUSE("the data limit " RESERVED " (ulimit -d)");
	/* dropping privileges sends a realtime signal to each thread */
	raise_limit(RLIMIT_SIGPENDING, MAX_SIGNAL);
	check_threads();
	hide_environment(environment);
}
