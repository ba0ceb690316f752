/* SPDX-License-Identifier: MIT */
/* Call frame information in .eh_frame: how to find the registers of the calling function. */
#ifndef CALL_FRAME_H
#define CALL_FRAME_H

#include "elf_file.h"

enum rule_kind {
	RULE_SAME,		/* the register is unchanged, or nothing is said about it */
	RULE_UNDEFINED,
	RULE_OFFSET,		/* saved at CFA + value */
	RULE_VALUE_OFFSET,	/* is CFA + value */
	RULE_REGISTER,		/* is in the register `value` */
	RULE_EXPRESSION,	/* saved at the address that the expression computes */
	RULE_VALUE_EXPRESSION,	/* is what the expression computes */
};

struct frame_rule {
	int kind;		/* enum rule_kind */
	int64_t value;
	uint64_t expression, expression_bytes;	/* in the file */
};

/* The rules for one address. */
struct frame_rules {
	/* the canonical frame address: a register plus `value`, or an expression */
	struct frame_rule cfa;
	uint32_t cfa_register;
	struct frame_rule registers[CRASH_REGISTERS];
	uint32_t return_register;
	int is_signal_frame;
};

/* Finds the rules for an address of the file. Returns 0, or -1 if there are none. */
int find_frame_rules(struct elf_file *file, uint64_t address, struct frame_rules *rules);

struct unwinder;
/*
 * Computes a DWARF expression. `registers` are in DWARF's order for the file. `initial` is on the
 * stack at first if it is not NULL. Returns 0 or -1.
 */
int evaluate(struct unwinder *unwinder, struct elf_file *file, const struct frame_rule *rule,
	     const uint64_t *registers, const uint64_t *initial, uint64_t *result);

#endif
