// SPDX-License-Identifier: MIT
/*
 * The alternate screen of a terminal, whose keys are read one by one. However the tracer ends,
 * SIGKILL aside, the terminal gets its modes and its contents back. Makes the system calls itself:
 * see terminal.c.
 */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

/* xterm's sequences: alternate screen, cursor, wrapping of long lines */
static const char enter[] = "\033[?1049h\033[?25l\033[?7l";
static const char leave[] = "\033[?7h\033[?25h\033[?1049l";

static int keys_fd, screen_fd;
static struct termios saved; /* the modes of the terminal without the screen */
static volatile sig_atomic_t is_open, is_shown, has_ended[NSIG];
static atomic_int redraw_request;
static struct sigaction previous[NSIG];

int take_redraw_request(void)
{
	return atomic_exchange(&redraw_request, 0);
}

static void request_redraw(int signal)
{
	(void)signal;
	atomic_store(&redraw_request, 1);
	wake_up();
}

/* Returns 0 or -errno. In the background, the process stops until it is in the foreground. */
static int show(void)
{
	struct termios modes;

	if (!is_shown && syscall(SYS_ioctl, keys_fd, TCGETS, &saved))
		return -errno;
	modes = saved;
	/* signals stay: Ctrl-C and Ctrl-Z; but Ctrl-S must not block the tracer */
	modes.c_lflag &= ~(ICANON | ECHO);
	modes.c_iflag &= ~IXON;
	modes.c_cc[VMIN] = 1;
	modes.c_cc[VTIME] = 0;
	if (syscall(SYS_ioctl, keys_fd, TCSETS, &modes))
		return -errno;
	is_shown = 1;
	(void)!write(screen_fd, enter, sizeof(enter) - 1);
	return 0;
}

static void hide(void)
{
	if (!is_shown)
		return;
	is_shown = 0;
	(void)!write(screen_fd, leave, sizeof(leave) - 1);
	syscall(SYS_ioctl, keys_fd, TCSETS, &saved);
}

/* Restores the terminal, if a screen is open. Safe in a signal handler. */
API void screen_close(void)
{
	is_open = 0;
	hide();
}

static void suspend(int signal)
{
	int error = errno;

	hide();
	stop_process(signal);
	/* the kernel does not stop an orphaned process group (ssh -t): then no SIGCONT follows */
	if (is_open && !is_shown) {
		show();
		request_redraw(signal);
	}
	errno = error;
}

static void resume(int signal)
{
	int error = errno;

	if (is_open)
		show();
	request_redraw(signal);
	errno = error;
}

/* Returns true for the signals of a crash, which the runtime may handle to report it. */
static int is_crash(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
	       signal == SIGABRT || signal == SIGTRAP || signal == SIGSYS;
}

/* Returns true if signals.c may have set a handler that requests a stop. */
static int requests_stop(int signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGALRM;
}

/*
 * Handles a signal that may end the process: the first one requests a stop, if it did so before the
 * screen was opened. Otherwise restores the terminal, and then the signal has its effect.
 */
static void end(int signal, siginfo_t *info, void *context)
{
	const struct sigaction default_action = { .sa_handler = SIG_DFL };
	const struct sigaction *action = &previous[signal];
	int error = errno;

	(void)context;
	if (requests_stop(signal) && action->sa_handler != SIG_DFL && !has_ended[signal]) {
		has_ended[signal] = 1;
		action->sa_handler(signal);
	} else {
		screen_close();
		sigaction(signal, requests_stop(signal) ? &default_action : action, NULL);
		/* an instruction that faults is executed again */
		if (!is_crash(signal) || info->si_code <= 0)
			syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
	}
	errno = error;
}

/* Handles every signal that ends the process by default, and those of a crash. */
static int handle_ends(void)
{
	const struct sigaction action = { .sa_sigaction = end,
					  .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK };

	for (int signal = 1; signal < NSIG; signal++) {
		struct sigaction *before = &previous[signal];

		if (signal == SIGKILL || signal == SIGSTOP || signal == SIGCHLD || signal == SIGURG ||
		    signal == SIGCONT || signal == SIGWINCH || signal == SIGTSTP ||
		    signal == SIGTTIN || signal == SIGTTOU)
			continue;
		/* the C library refuses the signals that it has reserved */
		if (sigaction(signal, NULL, before))
			continue;
		if (before->sa_handler != SIG_DFL && !is_crash(signal) &&
		    (!requests_stop(signal) || before->sa_handler == SIG_IGN))
			continue;
		if (sigaction(signal, &action, NULL))
			return -errno;
	}
	return 0;
}

/*
 * Opens the screen on terminal `screen`; `keys` is the same terminal for reading. Called once, when
 * no more processes are forked. Returns 0 or -errno.
 */
API int screen_open(int keys, int screen)
{
	static const struct {
		int signal;
		void (*handler)(int);
	} handled[] = { { SIGTSTP, suspend }, { SIGCONT, resume }, { SIGWINCH, request_redraw } };
	int error = handle_ends();

	for (size_t i = 0; !error && i < sizeof(handled) / sizeof(handled[0]); i++) {
		const struct sigaction action = { .sa_handler = handled[i].handler,
						  .sa_flags = SA_RESTART };

		if (sigaction(handled[i].signal, &action, NULL))
			error = -errno;
	}
	if (error)
		return error;
	keys_fd = keys;
	screen_fd = screen;
	is_open = 1;
	return show();
}
