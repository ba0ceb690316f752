/* SPDX-License-Identifier: MIT */
/*
 * The build includes this before every C file. Since glibc 2.38, _GNU_SOURCE renames strtol(),
 * sscanf() and similar functions to versions that parse 0b… and need that glibc. These macros
 * switch that off, as some of glibc's own tests do.
 */
#include <features.h>
#undef __GLIBC_USE_C2X_STRTOL
#define __GLIBC_USE_C2X_STRTOL 0
/* the name since 2.40 */
#undef __GLIBC_USE_C23_STRTOL
#define __GLIBC_USE_C23_STRTOL 0
