// SPDX-License-Identifier: MIT
/* Apart from system.c, because <asm/termbits.h> and <termios.h> define the same struct. */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "native.h"

/* Returns true if fd is a terminal. Not isatty(3), for the same reason as below. */
API int is_terminal(int fd)
{
	struct termios modes;

	return !syscall(SYS_ioctl, fd, TCGETS, &modes);
}

/*
 * Returns 1 if a terminal is in canonical mode, 0 if a program has switched that off: an editor, a
 * pager, a shell at its prompt. -errno: fd is not a terminal, or the terminal is gone. Makes the
 * system call itself, since the seccomp filter allows TCGETS and newer C libraries use TCGETS2.
 */
API int is_terminal_canonical(int fd)
{
	struct termios modes;

	if (syscall(SYS_ioctl, fd, TCGETS, &modes))
		return -errno;
	return (modes.c_lflag & ICANON) != 0;
}
