// SPDX-License-Identifier: MIT
/*
 * load SECONDS COUNT ELDERS: what the soak lets die, at full speed, once a line comes on stdin: vfork, _exit, wait, until either is
 * reached. Their codes count up from 0 to 249 and begin again. Ten times a second one with code 251 notes when it dies, and as
 * often as there are elders, evenly over the time, one who has lived since the beginning does, with 252.
 *
 * Prints "ready" before, then a line for each of those: "marked PID REALTIME LEAST MOST": when, since 1970 UTC, and how long
 * it has lived at least and at most, ns. "died COUNT" once a second, and once more as its last line.
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
#define ELDER 252
#define MOST_ELDERS 64

struct life {
	volatile int64_t before, after;	/* around its birth, CLOCK_BOOTTIME */
	volatile int64_t died_real, died_boot;
	pid_t pid;
	int go;				/* written to: it may die */
};

static int64_t now(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * NS + t.tv_nsec;
}

static void check(int is_well, const char *what)
{
	if (!is_well) {
		perror(what);
		exit(1);
	}
}

/* Right before it dies. */
static void note(struct life *life)
{
	life->died_boot = now(CLOCK_BOOTTIME);
	life->died_real = now(CLOCK_REALTIME);
}

static void tell(const struct life *life)
{
	printf("marked %d %lld %lld %lld\n", life->pid, (long long)life->died_real,
	       (long long)(life->died_boot - life->after), (long long)(life->died_boot - life->before));
}

static void mark(void)
{
	static struct life life;

	life.before = now(CLOCK_BOOTTIME);
	life.pid = vfork();
	if (life.pid == 0) {
		/* it shares our memory; the parent comes back when it is dead, and so knows less well when it was born */
		life.after = now(CLOCK_BOOTTIME);
		note(&life);
		_exit(MARKED);
	}
	check(life.pid > 0 && waitpid(life.pid, NULL, 0) == life.pid, "vfork");
	tell(&life);
}

static void raise_elder(struct life *life)
{
	int go[2];
	pid_t pid;

	check(!pipe(go), "pipe");
	life->before = now(CLOCK_BOOTTIME);
	pid = fork();
	check(pid >= 0, "fork");
	if (pid == 0) {
		char byte;

		close(go[1]);
		if (read(go[0], &byte, 1) == 1)
			note(life);
		_exit(ELDER);
	}
	life->after = now(CLOCK_BOOTTIME);
	life->pid = pid;
	close(go[0]);
	life->go = go[1];
}

static void end_elder(struct life *life)
{
	check(write(life->go, "x", 1) == 1 && waitpid(life->pid, NULL, 0) == life->pid, "elder");
	close(life->go);
	tell(life);
}

int main(int argc, char **argv)
{
	int64_t seconds = argc == 4 ? atoll(argv[1]) : 0, count = argc == 4 ? atoll(argv[2]) : 0, died = 0;
	int elders = argc == 4 ? atoi(argv[3]) : -1, ended = 0;
	struct life *lives = mmap(NULL, MOST_ELDERS * sizeof(*lives), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int64_t began, marked_at = 0, told_at = 0, at;
	char line[16];

	if (seconds <= 0 || count <= 0 || elders < 0 || elders > MOST_ELDERS || lives == MAP_FAILED)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	/* an elder must not keep the others' pipes open: each is told by a byte, not by an end */
	for (int i = 0; i < elders; i++)
		raise_elder(&lives[i]);
	printf("ready\n");
	if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
		return 1;
	began = now(CLOCK_MONOTONIC);
	for (int64_t i = 0;; i++) {
		pid_t pid = vfork();

		if (pid == 0)
			_exit(i % CODES);
		check(pid > 0 && waitpid(pid, NULL, 0) == pid, "vfork");
		died++;
		if (i % 64)
			continue;
		at = now(CLOCK_MONOTONIC) - began;
		if (at - marked_at > NS / 10) {
			marked_at = at;
			mark();
			died++;
		}
		/* the last at the very end */
		if (ended < elders && at > (ended + 1) * seconds * NS / elders) {
			end_elder(&lives[ended++]);
			died++;
		}
		if (at - told_at > NS) {
			told_at = at;
			printf("died %lld\n", (long long)died);
		}
		if (at > seconds * NS || died >= count)
			break;
	}
	while (ended < elders) {
		end_elder(&lives[ended++]);
		died++;
	}
	printf("died %lld\n", (long long)died);
	return 0;
}
