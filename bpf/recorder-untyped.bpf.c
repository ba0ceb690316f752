// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The recorder for kernels that do not describe their types; where those lie, a file says (--btf). */
#define UNTYPED
#include "recorder.bpf.c"
