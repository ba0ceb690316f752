// SPDX-License-Identifier: MIT
/*
 * Finds out whether a tc program can consume packets: as a classic filter it does so by the
 * verdicts TC_ACT_STOLEN and TC_ACT_TRAP, but TCX passes such a packet on. The analysis propagates
 * through the instructions which registers may hold one of the two, until nothing changes. A value
 * that it does not know may be one of them.
 */
#include <linux/pkt_cls.h>
#include <stdlib.h>
#include "tc_verdict.h"

#define GOTOX (BPF_JMP | BPF_JA | BPF_X)

/* The state before an instruction. */
struct state {
	uint16_t is_reached;
	uint16_t consuming; /* bit N: register N may hold such a verdict in its lower half */
};

struct analysis {
	const struct bpf_insn *code;
	int64_t count;
	struct state *states;
	int is_changed;
};

static const struct state unknown = { 1, (1 << MAX_BPF_REG) - 1 };

static int is_consuming(int32_t verdict)
{
	return verdict == TC_ACT_STOLEN || verdict == TC_ACT_TRAP;
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

/* Returns true if the result of an operation may be such a verdict. */
static int is_result_consuming(const struct bpf_insn *it, uint16_t consuming)
{
	int is_constant = BPF_SRC(it->code) == BPF_K;

	switch (BPF_OP(it->code)) {
	case BPF_MOV:
		if (is_constant)
			return is_consuming(it->imm);
		/* with an offset, it extends the sign of a part */
		return it->off || consuming >> it->src_reg & 1;
	case BPF_AND:
		/* both verdicts are powers of two */
		return !is_constant || it->imm & (TC_ACT_STOLEN | TC_ACT_TRAP);
	}
	return 1;
}

/* The helpers that redirect a packet return TC_ACT_REDIRECT or TC_ACT_SHOT. */
static int is_call_consuming(const struct bpf_insn *it, int functions_consume)
{
	if (it->src_reg == BPF_PSEUDO_CALL)
		return functions_consume;
	return it->src_reg || (it->imm != BPF_FUNC_redirect && it->imm != BPF_FUNC_redirect_neigh &&
			       it->imm != BPF_FUNC_redirect_peer);
}

static void set_register(struct state *state, int number, int is_set)
{
	state->consuming = (state->consuming & ~(1 << number)) | (is_set ? 1 << number : 0);
}

static void execute(const struct bpf_insn *it, struct state *state, int functions_consume)
{
	switch (BPF_CLASS(it->code)) {
	case BPF_ALU:
	case BPF_ALU64:
		set_register(state, it->dst_reg, is_result_consuming(it, state->consuming));
		break;
	case BPF_LD:
		set_register(state, is_wide(it) ? it->dst_reg : BPF_REG_0,
			     !is_wide(it) || is_consuming(it->imm));
		break;
	case BPF_LDX:
		set_register(state, it->dst_reg, 1);
		break;
	case BPF_STX:
		/* atomic operations may return the old value */
		if (BPF_MODE(it->code) == BPF_ATOMIC) {
			set_register(state, it->src_reg, 1);
			set_register(state, BPF_REG_0, 1);
		}
		break;
	case BPF_JMP:
		if (is_call(it))
			set_register(state, BPF_REG_0, is_call_consuming(it, functions_consume));
		break;
	}
}

/* Merges a state into the state before an instruction. */
static void merge(struct analysis *a, int64_t at, const struct state *state)
{
	struct state *known = &a->states[at];

	if (at < 0 || at >= a->count)
		return;
	if (!known->is_reached || (known->consuming | state->consuming) != known->consuming)
		a->is_changed = 1;
	known->is_reached = 1;
	known->consuming |= state->consuming;
}

static void step(struct analysis *a, int64_t at, int functions_consume)
{
	const struct bpf_insn *it = &a->code[at];
	struct state state = a->states[at];
	int class = BPF_CLASS(it->code);
	int is_jump = (class == BPF_JMP || class == BPF_JMP32) && !is_call(it);

	if (it->code == (BPF_JMP | BPF_EXIT))
		return;
	execute(it, &state, functions_consume);
	merge(a, callee(it, at), &unknown);
	if (it->code == (BPF_JMP32 | BPF_JA))
		merge(a, at + it->imm + 1, &state);
	else if (is_jump)
		merge(a, at + it->off + 1, &state);
	if (!is_jump || BPF_OP(it->code) != BPF_JA)
		merge(a, at + (is_wide(it) ? 2 : 1), &state);
}

static void propagate(struct analysis *a, int functions_consume)
{
	merge(a, 0, &unknown);
	do {
		a->is_changed = 0;
		for (int64_t at = 0; at < a->count; at++)
			if (a->states[at].is_reached)
				step(a, at, functions_consume);
	} while (a->is_changed);
}

/* Returns true if an exit among the instructions [from, to) may return such a verdict. */
static int can_return_consuming(const struct analysis *a, int64_t from, int64_t to)
{
	for (int64_t at = from; at < to; at++)
		if (a->code[at].code == (BPF_JMP | BPF_EXIT) && a->states[at].consuming & 1)
			return 1;
	return 0;
}

int can_consume_packets(const struct bpf_program *program)
{
	struct analysis a = { .code = bpf_program__insns(program),
			      .count = bpf_program__insn_cnt(program) };
	int64_t end = a.count;
	int result;

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
	propagate(&a, 0);
	if (can_return_consuming(&a, end, a.count))
		propagate(&a, 1);
	result = can_return_consuming(&a, 0, end);
	free(a.states);
	return result;
}
