// SPDX-License-Identifier: MIT
/*
 * Replaces the functions that would need a glibc newer than 2.17, because the machine that builds
 * may have a much newer one than the machine that runs. The build checks the result with objdump.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl has no symbol versions */
#ifdef __GLIBC__

/* before glibc 2.33, these were inline functions that called __fxstat() and __fxstatat() */
int fstat(int fd, struct stat *st)
{
	return syscall(SYS_fstat, fd, st);
}

int fstatat(int dir, const char *path, struct stat *st, int flags)
{
	return syscall(SYS_newfstatat, dir, path, st, flags);
}

/* the fmemopen() of 2.22 only changes how binary streams seek; libbpf does not seek */
#if defined(__x86_64__)
__asm__(".symver fmemopen_oldest, fmemopen@GLIBC_2.2.5");
#elif defined(__aarch64__)
__asm__(".symver fmemopen_oldest, fmemopen@GLIBC_2.17");
#else
#error "name the oldest version of fmemopen on this architecture"
#endif
extern FILE *fmemopen_oldest(void *buffer, size_t size, const char *mode);

FILE *fmemopen(void *buffer, size_t size, const char *mode)
{
	return fmemopen_oldest(buffer, size, mode);
}

#endif
