// SPDX-License-Identifier: MIT
/*
 * The symbols that would raise our need from glibc 2.17. The machine that builds may have a much newer libc than the one that
 * runs; the build checks the result with objdump.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* musl has no versions of symbols */
#ifdef __GLIBC__

#if defined(__x86_64__)
#define BASE "GLIBC_2.2.5"
#elif defined(__aarch64__)
#define BASE "GLIBC_2.17"
#else
#error "which version did this architecture's glibc start with?"
#endif

/* glibc 2.33 made fstat, fstat64 and fstatat symbols of their own */
int fstat(int fd, struct stat *st)
{
	return syscall(SYS_fstat, fd, st);
}

int fstat64(int fd, struct stat64 *st)
{
	return syscall(SYS_fstat, fd, st);
}

int fstatat(int dir, const char *path, struct stat *st, int flags)
{
	return syscall(SYS_newfstatat, dir, path, st, flags);
}

/* fcntl64 is from 2.28; on 64-bit machines it is fcntl */
__asm__(".symver fcntl_base, fcntl@" BASE);
extern int fcntl_base(int fd, int command, ...);

int fcntl64(int fd, int command, ...)
{
	va_list args;
	void *argument;

	va_start(args, command);
	argument = va_arg(args, void *);
	va_end(args);
	return fcntl_base(fd, command, argument);
}

/* the fmemopen of 2.22 differs from the old one only in seeking binary streams, which libbpf does not */
__asm__(".symver fmemopen_base, fmemopen@" BASE);
extern FILE *fmemopen_base(void *buffer, size_t size, const char *mode);

FILE *fmemopen(void *buffer, size_t size, const char *mode)
{
	return fmemopen_base(buffer, size, mode);
}

/* since 2.38 the headers send strtol and its kin to names that read 0b…, too */
__asm__(".symver strtol_base, strtol@" BASE);
__asm__(".symver strtoul_base, strtoul@" BASE);
__asm__(".symver strtoull_base, strtoull@" BASE);
__asm__(".symver vsscanf_base, vsscanf@" BASE);
extern long strtol_base(const char *text, char **end, int base);
extern unsigned long strtoul_base(const char *text, char **end, int base);
extern unsigned long long strtoull_base(const char *text, char **end, int base);
extern int vsscanf_base(const char *text, const char *format, va_list args);

long __isoc23_strtol(const char *text, char **end, int base)
{
	return strtol_base(text, end, base);
}

unsigned long __isoc23_strtoul(const char *text, char **end, int base)
{
	return strtoul_base(text, end, base);
}

unsigned long long __isoc23_strtoull(const char *text, char **end, int base)
{
	return strtoull_base(text, end, base);
}

int __isoc23_sscanf(const char *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsscanf_base(text, format, args);
	va_end(args);
	return n;
}

#endif
