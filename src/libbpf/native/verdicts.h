/* SPDX-License-Identifier: MIT */
#ifndef VERDICTS_H
#define VERDICTS_H

#include <bpf/libbpf.h>

/*
 * Whether a loaded program may return TC_ACT_STOLEN or TC_ACT_TRAP; 1 also where that cannot be
 * found out.
 */
int may_consume_packets(const struct bpf_program *program);

#endif
