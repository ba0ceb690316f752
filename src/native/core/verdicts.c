// SPDX-License-Identifier: MIT
/*
 * Finds the verdicts that a program at a queue can return. A packet's path ends when a filter
 * returns TC_ACT_STOLEN or TC_ACT_TRAP; TCX passes such a packet on. The analysis follows constants
 * from register to register; an unknown number may be one of the two.
 */
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include "verdicts.h"

/*
 * A set of values of the lower half of a register, the half that matters in a verdict: a bit for
 * each of 0 to 15, and one for all other values.
 */
#define SMALL 16
#define OTHERS (1u << SMALL)
#define ANY (OTHERS | (OTHERS - 1))
#define CONSUMING (1u << TC_ACT_STOLEN | 1u << TC_ACT_TRAP)
#define GOTOX (BPF_JMP | BPF_JA | BPF_X)

/*
 * the state before an instruction; an empty set for the frame pointer: the instruction is not
 * reached yet
 */
struct state {
	uint32_t registers[MAX_BPF_REG];
};

static uint32_t only(uint32_t value)
{
	return value < SMALL ? 1u << value : OTHERS;
}

static int is_wide(const struct bpf_insn *it)
{
	return it->code == (BPF_LD | BPF_IMM | BPF_DW);
}

static int is_call(const struct bpf_insn *it)
{
	return it->code == (BPF_JMP | BPF_CALL);
}

/* Returns the instruction that a call or the address of a function leads to, or -1. */
static int64_t callee(const struct bpf_insn *it, size_t at)
{
	if ((is_call(it) && it->src_reg == BPF_PSEUDO_CALL) ||
	    (is_wide(it) && it->src_reg == BPF_PSEUDO_FUNC))
		return (int64_t)at + it->imm + 1;
	return -1;
}

/*
 * Returns the result of an operation with a constant on one value; clears *is_known if it depends
 * on the upper half of the register.
 */
static uint32_t apply(const struct bpf_insn *it, uint32_t value, int *is_known)
{
	uint32_t constant = it->imm;

	switch (BPF_OP(it->code)) {
	case BPF_ADD:
		return value + constant;
	case BPF_SUB:
		return value - constant;
	case BPF_AND:
		return value & constant;
	case BPF_OR:
		return value | constant;
	case BPF_XOR:
		return value ^ constant;
	case BPF_LSH:
		if (constant < 32)
			return value << constant;
		break;
	case BPF_RSH:
		if (constant < 32 && BPF_CLASS(it->code) == BPF_ALU)
			return value >> constant;
		break;
	}
	*is_known = 0;
	return 0;
}

static uint32_t alu(const struct bpf_insn *it, const struct state *state)
{
	uint32_t before = state->registers[it->dst_reg], after = 0;
	int is_and = BPF_OP(it->code) == BPF_AND, is_known = 1;

	if (BPF_OP(it->code) == BPF_MOV) {
		if (BPF_SRC(it->code) == BPF_K)
			return only(it->imm);
		before = state->registers[it->src_reg];
		/* sign extension changes the values */
		return it->off && before & OTHERS ? ANY : before;
	}
	if (BPF_SRC(it->code) == BPF_X)
		return ANY;
	for (uint32_t value = 0; value < SMALL; value++) {
		if (before >> value & 1)
			after |= only(apply(it, value, &is_known));
		/* the other values may keep any of the constant's bits */
		else if (before & OTHERS && is_and && !(value & ~(uint32_t)it->imm))
			after |= 1u << value;
	}
	if (!is_known || (before & OTHERS && !is_and))
		return ANY;
	return before & OTHERS ? after | OTHERS : after;
}

/*
 * Returns the possible results of a call: helpers that redirect a packet return no other verdicts
 * than TC_ACT_REDIRECT and TC_ACT_SHOT.
 */
static uint32_t result_of(const struct bpf_insn *it, uint32_t of_functions)
{
	if (it->src_reg == BPF_PSEUDO_CALL)
		return of_functions;
	if (!it->src_reg && (it->imm == BPF_FUNC_redirect || it->imm == BPF_FUNC_redirect_neigh ||
			     it->imm == BPF_FUNC_redirect_peer))
		return 1u << TC_ACT_REDIRECT | 1u << TC_ACT_SHOT;
	return ANY;
}

static void execute(const struct bpf_insn *it, struct state *state, uint32_t of_functions)
{
	uint32_t *registers = state->registers;

	switch (BPF_CLASS(it->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		registers[it->dst_reg] = alu(it, state);
		break;
	case BPF_LD:
		if (is_wide(it))
			registers[it->dst_reg] = only(it->imm);
		else
			registers[BPF_REG_0] = ANY;
		break;
	case BPF_LDX:
		registers[it->dst_reg] = ANY;
		break;
	case BPF_STX:
		/* atomic operations may return the old value */
		if (BPF_MODE(it->code) == BPF_ATOMIC)
			registers[it->src_reg] = registers[BPF_REG_0] = ANY;
		break;
	case BPF_JMP:
		if (is_call(it))
			registers[BPF_REG_0] = result_of(it, of_functions);
		break;
	}
}

struct analysis {
	const struct bpf_insn *code;
	int64_t count;
	struct state *states;
	int is_changed;
};

static const struct state unknown = {
	.registers = { ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY, ANY },
};

/* Merges a state into the state before an instruction. */
static void reach(struct analysis *a, int64_t at, const struct state *state)
{
	if (at < 0 || at >= a->count)
		return;
	for (int i = 0; i < MAX_BPF_REG; i++) {
		uint32_t *known = &a->states[at].registers[i];

		if ((*known | state->registers[i]) != *known)
			a->is_changed = 1;
		*known |= state->registers[i];
	}
}

static void step(struct analysis *a, int64_t at, uint32_t of_functions)
{
	const struct bpf_insn *it = &a->code[at];
	struct state state = a->states[at];
	int class = BPF_CLASS(it->code);
	int is_jump = (class == BPF_JMP || class == BPF_JMP32) && !is_call(it);

	if (it->code == (BPF_JMP | BPF_EXIT))
		return;
	execute(it, &state, of_functions);
	reach(a, callee(it, at), &unknown);
	if (it->code == (BPF_JMP32 | BPF_JA))
		reach(a, at + it->imm + 1, &state);
	else if (is_jump)
		reach(a, at + it->off + 1, &state);
	if (!is_jump || BPF_OP(it->code) != BPF_JA)
		reach(a, at + (is_wide(it) ? 2 : 1), &state);
}

static void follow(struct analysis *a, uint32_t of_functions)
{
	reach(a, 0, &unknown);
	do {
		a->is_changed = 0;
		for (int64_t at = 0; at < a->count; at++)
			if (a->states[at].registers[BPF_REG_10])
				step(a, at, of_functions);
	} while (a->is_changed);
}

/* Returns the possible results of the exits among the instructions [from, to). */
static uint32_t returned(const struct analysis *a, int64_t from, int64_t to)
{
	uint32_t values = 0;

	for (int64_t at = from; at < to; at++)
		if (a->code[at].code == (BPF_JMP | BPF_EXIT))
			values |= a->states[at].registers[BPF_REG_0];
	return values;
}

int may_consume_packets(const struct bpf_program *program)
{
	struct analysis a = {
		.code = bpf_program__insns(program),
		.count = bpf_program__insn_cnt(program),
	};
	uint32_t of_functions, verdicts;
	int64_t end = a.count;

	for (int64_t at = 0; at < a.count; at++) {
		int64_t function = callee(&a.code[at], at);

		/* libbpf appends functions to the program */
		if (function > 0 && function < end)
			end = function;
		if (a.code[at].code == GOTOX)
			return 1;
	}
	a.states = a.count ? calloc(a.count, sizeof(*a.states)) : NULL;
	if (!a.states)
		return 1;
	/*
	 * results of functions are unknown before the analysis follows them, and the set grows
	 * while they return results of each other
	 */
	verdicts = of_functions = 0;
	do {
		of_functions |= verdicts;
		follow(&a, of_functions);
		verdicts = returned(&a, end, a.count);
	} while (verdicts & ~of_functions);
	verdicts = returned(&a, 0, end);
	free(a.states);
	return (verdicts & CONSUMING) != 0;
}
