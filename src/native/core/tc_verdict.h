/* SPDX-License-Identifier: MIT */
#ifndef TC_VERDICT_H
#define TC_VERDICT_H

#include <bpf/libbpf.h>

/* Returns 1 if a loaded program can return TC_ACT_STOLEN or TC_ACT_TRAP, or if this is unknown. */
int can_consume_packets(const struct bpf_program *program);

#endif
