// SPDX-License-Identifier: MIT
/*
 * The workloads of the benchmark.
 *
 * load forks COUNT     fork, exit, wait: prints the CPU time of one, parent and child, in ns
 * load bursts COUNT    vfork, _exit, wait at full speed: prints the pid of the parent of all
 * load rate N SECONDS  N times a second, or as often as the machine can, vfork, _exit, wait: prints
 *                      how many processes ended, and in how many ms
 * load ticks USEC COUNT  one exit every USEC microseconds: prints "pid ns" of each on stderr, where
 *                      ns is the time since 1970 UTC
 * load ticks USEC COUNT COMMAND...  starts COMMAND first, counts ns from its start, and ends it
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NS 1000000000LL

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static int64_t cpu_of(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * NS +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000LL;
}

static void forks(long count)
{
	int64_t before = cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN);

	for (long i = 0; i < count; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("fork");
	}
	printf("%lld\n",
	       (long long)(cpu_of(RUSAGE_SELF) + cpu_of(RUSAGE_CHILDREN) - before) / count);
}

static void bursts(long count)
{
	for (long i = 0; i < count; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(i & 0xff);
		if (pid < 0 || waitpid(pid, NULL, 0) != pid)
			die("vfork");
	}
	printf("%d\n", getpid());
}

/* Starts a hundredth of a second's processes at once: a nanosleep for each would cost as much. */
static void rate(long per_second, long seconds)
{
	int64_t start = now(), end = start + seconds * NS;
	long count = 0;

	for (int64_t next = start; next < end && now() < end; next += NS / 100) {
		int64_t left = next - now();
		struct timespec pause = { left / NS, left % NS };
		long wanted = (next - start + NS / 100) / 1000 * per_second / 1000000;

		if (left > 0)
			nanosleep(&pause, NULL);
		for (; count < wanted; count++) {
			pid_t pid = vfork();

			if (pid == 0)
				_exit(0);
			if (pid < 0 || waitpid(pid, NULL, 0) != pid)
				die("vfork");
		}
	}
	printf("%ld %lld\n", count, (long long)(now() - start) / 1000000);
}

static void ticks(long us, long count, char **command)
{
	struct { pid_t pid; int64_t at; } *exits = calloc(count, sizeof(*exits));
	int64_t start = 0;
	pid_t tool = 0;

	if (!exits)
		die("calloc");
	if (*command) {
		start = now();
		tool = fork();
		if (tool < 0)
			die("fork");
		if (tool == 0) {
			execvp(command[0], command);
			die(command[0]);
		}
	}
	for (long i = 0; i < count; i++) {
		struct timespec pause = { us / 1000000, us % 1000000 * 1000 };

		nanosleep(&pause, NULL);
		exits[i].at = now() - start;
		exits[i].pid = vfork();
		if (exits[i].pid == 0)
			_exit(0);
		if (exits[i].pid < 0 || waitpid(exits[i].pid, NULL, 0) != exits[i].pid)
			die("vfork");
	}
	if (tool) {
		kill(tool, SIGINT);
		waitpid(tool, NULL, 0);
	}
	/* stdout belongs to the command */
	for (long i = 0; i < count; i++)
		fprintf(stderr, "%d %lld\n", exits[i].pid, (long long)exits[i].at);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "forks"))
		forks(atol(argv[2]));
	else if (argc == 3 && !strcmp(argv[1], "bursts"))
		bursts(atol(argv[2]));
	else if (argc == 4 && !strcmp(argv[1], "rate"))
		rate(atol(argv[2]), atol(argv[3]));
	else if (argc >= 4 && !strcmp(argv[1], "ticks"))
		ticks(atol(argv[2]), atol(argv[3]), argv + 4);
	else
		return 2;
	return 0;
}
