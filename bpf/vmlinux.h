/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * The kernel types that these programs read, with only the members that they read. clang records
 * each access by name (preserve_access_index), and libbpf replaces the offsets by those of the
 * running kernel when it loads the object (CO-RE). CO-RE ignores the part of a type's name after
 * ___. The file has the conventional name because ecc brings a complete vmlinux.h: this one lies
 * beside the sources and takes precedence.
 */
#pragma once

/*
 * bpftool's vmlinux.h defines this macro. With it, bpf_tracing.h uses the register names of the
 * kernel's pt_regs.
 */
#define __VMLINUX_H__

#include "kernel_types.h"
#include "kernel_types_fs.h"
#include "kernel_types_signal.h"
#include "kernel_types_task.h"
