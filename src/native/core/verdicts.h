/* SPDX-License-Identifier: MIT */
#ifndef VERDICTS_H
#define VERDICTS_H

#include <bpf/libbpf.h>

/* Returns 1 if a loaded program may return TC_ACT_STOLEN or TC_ACT_TRAP, or if this is unknown. */
int may_consume_packets(const struct bpf_program *program);

#endif
