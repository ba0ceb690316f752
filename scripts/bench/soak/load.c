// SPDX-License-Identifier: MIT
/*
 * The workload of the soak test. load SECONDS COUNT OLD: after a line on stdin, runs vfork, _exit
 * and wait at full speed until either bound is reached. The exit codes count from 0 to 249, over
 * and over. Ten times a second one process exits with 251 and a known time, and at even intervals
 * one of OLD processes that live since the start, with 252.
 *
 * Prints "ready" first, "marked PID REALTIME MIN MAX" for each exit with a known time (time since
 * 1970 UTC, bounds of the age, in ns), and "exits COUNT" once a second and as its last line.
 */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL
#define CODES 250
#define MARKED 251
#define OLD 252
#define MAX_OLD 64

struct timed {
	volatile int64_t before, after;	/* before and after the fork, CLOCK_BOOTTIME */
	volatile int64_t exit_real, exit_boot;
	pid_t pid;
	int go;				/* a byte written here lets an old process exit */
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static void check(int condition, const char *what)
{
	if (!condition) {
		perror(what);
		exit(1);
	}
}

/* Records the time immediately before _exit(). */
static void record_time(struct timed *timed)
{
	timed->exit_boot = now(CLOCK_BOOTTIME);
	timed->exit_real = now(CLOCK_REALTIME);
}

static void print_timed(const struct timed *timed)
{
	printf("marked %d %lld %lld %lld\n", timed->pid, (long long)timed->exit_real,
	       (long long)(timed->exit_boot - timed->after),
	       (long long)(timed->exit_boot - timed->before));
}

static void run_timed(void)
{
	static struct timed timed;

	timed.before = now(CLOCK_BOOTTIME);
	timed.pid = vfork();
	if (timed.pid == 0) {
		/* vfork() suspends the parent until the exit, so the child takes this time */
		timed.after = now(CLOCK_BOOTTIME);
		record_time(&timed);
		_exit(MARKED);
	}
	check(timed.pid > 0 && waitpid(timed.pid, NULL, 0) == timed.pid, "vfork");
	print_timed(&timed);
}

static void start_old(struct timed *timed)
{
	int go[2];
	pid_t pid;

	check(!pipe(go), "pipe");
	timed->before = now(CLOCK_BOOTTIME);
	pid = fork();
	check(pid >= 0, "fork");
	if (pid == 0) {
		char byte;

		close(go[1]);
		if (read(go[0], &byte, 1) == 1)
			record_time(timed);
		_exit(OLD);
	}
	timed->after = now(CLOCK_BOOTTIME);
	timed->pid = pid;
	close(go[0]);
	timed->go = go[1];
}

static void end_old(struct timed *timed)
{
	check(write(timed->go, "x", 1) == 1 && waitpid(timed->pid, NULL, 0) == timed->pid, "old process");
	close(timed->go);
	print_timed(timed);
}

int main(int argc, char **argv)
{
	int64_t seconds = argc == 4 ? atoll(argv[1]) : 0;
	int64_t count = argc == 4 ? atoll(argv[2]) : 0, exits = 0;
	int old_count = argc == 4 ? atoi(argv[3]) : -1, ended = 0;
	struct timed *old = mmap(NULL, MAX_OLD * sizeof(*old), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t start, timed_at = 0, printed_at = 0, at;
	char line[16];

	if (seconds <= 0 || count <= 0 || old_count < 0 || old_count > MAX_OLD || old == MAP_FAILED)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* later processes inherit the pipes, so a byte and not the end of file lets one exit */
	for (int i = 0; i < old_count; i++)
		start_old(&old[i]);
	printf("ready\n");
	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		return 1;
	start = now(CLOCK_MONOTONIC);
	for (int64_t i = 0;; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(i % CODES);
		check(pid > 0 && waitpid(pid, NULL, 0) == pid, "vfork");
		exits++;
		if (i % 64)
			continue;
		at = now(CLOCK_MONOTONIC) - start;
		if (at - timed_at > NS / 10) {
			timed_at = at;
			run_timed();
			exits++;
		}
		/* the last one exits at the very end */
		if (ended < old_count && at > (ended + 1) * seconds * NS / old_count) {
			end_old(&old[ended++]);
			exits++;
		}
		if (at - printed_at > NS) {
			printed_at = at;
			printf("exits %lld\n", (long long)exits);
		}
		if (at > seconds * NS || exits >= count)
			break;
	}
	while (ended < old_count) {
		end_old(&old[ended++]);
		exits++;
	}
	printf("exits %lld\n", (long long)exits);
	return 0;
}
