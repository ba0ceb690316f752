// SPDX-License-Identifier: GPL-2.0 OR MIT
/* The recorder for kernels without BTF of their own: a file describes their types (--btf). */
#define NO_KERNEL_BTF
#include "recorder.bpf.c"
