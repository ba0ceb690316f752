/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * How the kernel's objects are read that a tracepoint hands over. Where the kernel describes its types, the verifier knows those of a
 * tp_btf program's arguments, and reading from them is a load. Where it does not (UNTYPED), the arguments are addresses, and each step from
 * one object to another is a call.
 */
#ifndef __READ_BPF_H
#define __READ_BPF_H

#include <bpf/bpf_core_read.h>

#ifdef UNTYPED
#define TRACEPOINT(name) "raw_tp/" name
#define READ(object, ...) BPF_CORE_READ(object, __VA_ARGS__)
#else
#define TRACEPOINT(name) "tp_btf/" name
#define READ(object, ...) ___arrow((object), __VA_ARGS__)
#endif

#endif
