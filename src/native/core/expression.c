// SPDX-License-Identifier: MIT
/*
 * Computes DWARF expressions of call frame information: DWARF 5, section 2.5. Has the operations
 * that compilers and C libraries use there: in the procedure linkage table, and for signal frames.
 */
#include "unwind.h"

#define MAX_STACK 32
#define MAX_OPERATIONS 256

enum {
	OP_ADDR = 0x03, OP_DEREF = 0x06, OP_CONST1U = 0x08, OP_CONST1S, OP_CONST2U, OP_CONST2S,
	OP_CONST4U, OP_CONST4S, OP_CONST8U, OP_CONST8S, OP_CONSTU, OP_CONSTS, OP_DUP, OP_DROP,
	OP_OVER, OP_PICK, OP_SWAP, OP_AND = 0x1a, OP_MINUS = 0x1c, OP_MUL = 0x1e, OP_NEG,
	OP_NOT, OP_OR, OP_PLUS, OP_PLUS_UCONST, OP_SHL, OP_SHR, OP_SHRA, OP_XOR, OP_EQ = 0x29,
	OP_GE, OP_GT, OP_LE, OP_LT, OP_NE, OP_LIT0 = 0x30, OP_REG0 = 0x50, OP_BREG0 = 0x70,
	OP_BREGX = 0x92, OP_NOP = 0x96,
};

struct evaluation {
	struct unwinder *unwinder;
	const uint64_t *registers;
	uint64_t stack[MAX_STACK];
	uint32_t depth;
	int failed;
};

static void push(struct evaluation *e, uint64_t value)
{
	if (e->depth == MAX_STACK)
		e->failed = 1;
	else
		e->stack[e->depth++] = value;
}

static uint64_t pop(struct evaluation *e)
{
	if (!e->depth) {
		e->failed = 1;
		return 0;
	}
	return e->stack[--e->depth];
}

static uint64_t register_value(struct evaluation *e, uint64_t number)
{
	if (number >= CRASH_REGISTERS) {
		e->failed = 1;
		return 0;
	}
	return e->registers[number];
}

/* Computes an operation with two operands. Returns 0 if there is none of this code. */
static int compute_binary(struct evaluation *e, uint8_t code)
{
	uint64_t b, a;

	if (code < OP_AND || code > OP_NE || code == OP_NEG || code == OP_NOT ||
	    code == OP_PLUS_UCONST)
		return 0;
	b = pop(e);
	a = pop(e);
	switch (code) {
	case OP_AND: push(e, a & b); return 1;
	case OP_MINUS: push(e, a - b); return 1;
	case OP_MUL: push(e, a * b); return 1;
	case OP_OR: push(e, a | b); return 1;
	case OP_PLUS: push(e, a + b); return 1;
	case OP_SHL: push(e, b < 64 ? a << b : 0); return 1;
	case OP_SHR: push(e, b < 64 ? a >> b : 0); return 1;
	case OP_SHRA: push(e, (uint64_t)((int64_t)a >> (b < 64 ? b : 63))); return 1;
	case OP_XOR: push(e, a ^ b); return 1;
	case OP_EQ: push(e, a == b); return 1;
	case OP_GE: push(e, (int64_t)a >= (int64_t)b); return 1;
	case OP_GT: push(e, (int64_t)a > (int64_t)b); return 1;
	case OP_LE: push(e, (int64_t)a <= (int64_t)b); return 1;
	case OP_LT: push(e, (int64_t)a < (int64_t)b); return 1;
	case OP_NE: push(e, a != b); return 1;
	}
	return 0;
}

/* Pushes a constant that follows the operation. Returns 0 if there is none of this code. */
static int push_constant(struct evaluation *e, struct cursor *at, uint8_t code)
{
	switch (code) {
	case OP_ADDR: push(e, cursor_uint(at, e->unwinder->word_bytes)); return 1;
	case OP_CONST1U: push(e, cursor_u8(at)); return 1;
	case OP_CONST1S: push(e, (uint64_t)(int8_t)cursor_u8(at)); return 1;
	case OP_CONST2U: push(e, cursor_uint(at, 2)); return 1;
	case OP_CONST2S: push(e, (uint64_t)(int16_t)cursor_uint(at, 2)); return 1;
	case OP_CONST4U: push(e, cursor_uint(at, 4)); return 1;
	case OP_CONST4S: push(e, (uint64_t)(int32_t)cursor_uint(at, 4)); return 1;
	case OP_CONST8U:
	case OP_CONST8S: push(e, cursor_uint(at, 8)); return 1;
	case OP_CONSTU: push(e, cursor_uleb(at)); return 1;
	case OP_CONSTS: push(e, (uint64_t)cursor_sleb(at)); return 1;
	}
	return 0;
}

static void compute(struct evaluation *e, struct cursor *at, uint8_t code)
{
	uint64_t a, b;

	if (code >= OP_BREG0 && code < OP_BREG0 + 32) {
		a = register_value(e, code - OP_BREG0);
		push(e, a + (uint64_t)cursor_sleb(at));
	} else if (code >= OP_REG0 && code < OP_REG0 + 32) {
		push(e, register_value(e, code - OP_REG0));
	} else if (code >= OP_LIT0 && code < OP_LIT0 + 32) {
		push(e, code - OP_LIT0);
	} else if (push_constant(e, at, code) || compute_binary(e, code) || code == OP_NOP) {
		return;
	} else if (code == OP_DEREF) {
		if (read_word(e->unwinder, pop(e), &a))
			e->failed = 1;
		push(e, a);
	} else if (code == OP_DUP) {
		a = pop(e);
		push(e, a);
		push(e, a);
	} else if (code == OP_DROP) {
		pop(e);
	} else if (code == OP_SWAP) {
		b = pop(e);
		a = pop(e);
		push(e, b);
		push(e, a);
	} else if (code == OP_NEG) {
		push(e, -pop(e));
	} else if (code == OP_NOT) {
		push(e, ~pop(e));
	} else if (code == OP_PLUS_UCONST) {
		a = cursor_uleb(at);
		push(e, pop(e) + a);
	} else if (code == OP_BREGX) {
		a = register_value(e, cursor_uleb(at));
		push(e, a + (uint64_t)cursor_sleb(at));
	} else {
		e->failed = 1;
	}
}

int evaluate(struct unwinder *unwinder, struct elf_file *file, const struct frame_rule *rule,
	     const uint64_t *registers, const uint64_t *initial, uint64_t *result)
{
	struct evaluation e = { .unwinder = unwinder, .registers = registers };
	struct cursor at = { file, rule->expression, rule->expression + rule->expression_bytes, 0 };

	if (at.end < at.at || at.end > file->size)
		return -1;
	if (initial)
		push(&e, *initial);
	for (int i = 0; i < MAX_OPERATIONS && at.at < at.end && !e.failed && !at.failed; i++)
		compute(&e, &at, cursor_u8(&at));
	*result = pop(&e);
	return e.failed || at.failed || at.at < at.end ? -1 : 0;
}
