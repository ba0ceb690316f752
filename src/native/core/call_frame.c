// SPDX-License-Identifier: MIT
/*
 * Runs the programs of .eh_frame: DWARF 5, section 6.4, with the extensions of the Linux Standard
 * Base (augmentations, .eh_frame_hdr). The files are not trusted: every count is limited.
 */
#include <string.h>
#include "call_frame.h"
#include "frame_tables.h"

#define MAX_OPERATIONS 4000
#define MAX_SAVED_STATES 8

enum {
	CFA_NOP, CFA_SET_LOC, CFA_ADVANCE_LOC1, CFA_ADVANCE_LOC2, CFA_ADVANCE_LOC4,
	CFA_OFFSET_EXTENDED, CFA_RESTORE_EXTENDED, CFA_UNDEFINED, CFA_SAME_VALUE, CFA_REGISTER,
	CFA_REMEMBER_STATE, CFA_RESTORE_STATE, CFA_DEF_CFA, CFA_DEF_CFA_REGISTER,
	CFA_DEF_CFA_OFFSET, CFA_DEF_CFA_EXPRESSION, CFA_EXPRESSION, CFA_OFFSET_EXTENDED_SF,
	CFA_DEF_CFA_SF, CFA_DEF_CFA_OFFSET_SF, CFA_VAL_OFFSET, CFA_VAL_OFFSET_SF,
	CFA_VAL_EXPRESSION,
	CFA_AARCH64_NEGATE_RA_STATE = 0x2d,
	CFA_GNU_ARGS_SIZE = 0x2e,
	/* in the two highest bits, with an operand in the others */
	CFA_ADVANCE_LOC = 0x40, CFA_OFFSET = 0x80, CFA_RESTORE = 0xc0,
};

struct frame_state {
	struct frame_rule cfa;
	uint32_t cfa_register;
	struct frame_rule registers[CRASH_REGISTERS];
};

/* A running program. */
struct cfa_program {
	struct elf_file *file;
	const struct frame_entry *entry;
	uint64_t location, address;
	struct frame_state state, initial, saved[MAX_SAVED_STATES];
	uint32_t saved_count;
	int has_initial;
};

static void set_rule(struct cfa_program *p, uint64_t number, int kind, int64_t value)
{
	if (number < CRASH_REGISTERS)
		p->state.registers[number] = (struct frame_rule){ kind, value, 0, 0 };
}

static void restore_rule(struct cfa_program *p, uint64_t number)
{
	if (number < CRASH_REGISTERS)
		p->state.registers[number] =
			p->has_initial ? p->initial.registers[number] : (struct frame_rule){ 0 };
}

/* Reads the expression that follows an operation. */
static struct frame_rule take_expression(struct cursor *program, int kind)
{
	struct frame_rule rule = { .kind = kind };

	rule.expression_bytes = cursor_uleb(program);
	rule.expression = program->at;
	cursor_skip(program, rule.expression_bytes);
	return rule;
}

static void set_expression(struct cfa_program *p, struct cursor *program, int kind)
{
	uint64_t number = cursor_uleb(program);
	struct frame_rule rule = take_expression(program, kind);

	if (number < CRASH_REGISTERS)
		p->state.registers[number] = rule;
}

static void set_cfa(struct cfa_program *p, uint64_t number, int64_t offset)
{
	p->state.cfa = (struct frame_rule){ .kind = RULE_VALUE_OFFSET, .value = offset };
	p->state.cfa_register = number < CRASH_REGISTERS ? number : CRASH_REGISTERS;
}

/* Runs an operation that sets the location. Returns false if the program ends at it. */
static int advance(struct cfa_program *p, uint64_t delta)
{
	p->location += delta * p->entry->code_factor;
	return p->location <= p->address;
}

/* Runs an operation other than those of the two highest bits. Returns 1 to go on, or -1. */
static int run_operation(struct cfa_program *p, struct cursor *program, uint8_t operation)
{
	int64_t factor = p->entry->data_factor;
	uint64_t number;

	switch (operation) {
	case CFA_NOP:
	case CFA_AARCH64_NEGATE_RA_STATE: /* the signature is removed from every address */
		return 1;
	case CFA_GNU_ARGS_SIZE:
		cursor_uleb(program);
		return 1;
	case CFA_OFFSET_EXTENDED:
		number = cursor_uleb(program);
		set_rule(p, number, RULE_OFFSET, cursor_uleb(program) * factor);
		return 1;
	case CFA_OFFSET_EXTENDED_SF:
		number = cursor_uleb(program);
		set_rule(p, number, RULE_OFFSET, cursor_sleb(program) * (uint64_t)factor);
		return 1;
	case CFA_VAL_OFFSET:
		number = cursor_uleb(program);
		set_rule(p, number, RULE_VALUE_OFFSET, cursor_uleb(program) * factor);
		return 1;
	case CFA_VAL_OFFSET_SF:
		number = cursor_uleb(program);
		set_rule(p, number, RULE_VALUE_OFFSET, cursor_sleb(program) * (uint64_t)factor);
		return 1;
	case CFA_RESTORE_EXTENDED:
		restore_rule(p, cursor_uleb(program));
		return 1;
	case CFA_UNDEFINED:
		set_rule(p, cursor_uleb(program), RULE_UNDEFINED, 0);
		return 1;
	case CFA_SAME_VALUE:
		set_rule(p, cursor_uleb(program), RULE_SAME, 0);
		return 1;
	case CFA_REGISTER:
		number = cursor_uleb(program);
		set_rule(p, number, RULE_REGISTER, cursor_uleb(program));
		return 1;
	case CFA_REMEMBER_STATE:
		if (p->saved_count == MAX_SAVED_STATES)
			return -1;
		p->saved[p->saved_count++] = p->state;
		return 1;
	case CFA_RESTORE_STATE:
		if (!p->saved_count)
			return -1;
		p->state = p->saved[--p->saved_count];
		return 1;
	case CFA_DEF_CFA:
		number = cursor_uleb(program);
		set_cfa(p, number, cursor_uleb(program));
		return 1;
	case CFA_DEF_CFA_SF:
		number = cursor_uleb(program);
		set_cfa(p, number, cursor_sleb(program) * (uint64_t)factor);
		return 1;
	case CFA_DEF_CFA_REGISTER:
		set_cfa(p, cursor_uleb(program), p->state.cfa.value);
		return 1;
	case CFA_DEF_CFA_OFFSET:
		set_cfa(p, p->state.cfa_register, cursor_uleb(program));
		return 1;
	case CFA_DEF_CFA_OFFSET_SF:
		set_cfa(p, p->state.cfa_register, cursor_sleb(program) * (uint64_t)factor);
		return 1;
	case CFA_DEF_CFA_EXPRESSION:
		p->state.cfa = take_expression(program, RULE_VALUE_EXPRESSION);
		return 1;
	case CFA_EXPRESSION:
		set_expression(p, program, RULE_EXPRESSION);
		return 1;
	case CFA_VAL_EXPRESSION:
		set_expression(p, program, RULE_VALUE_EXPRESSION);
		return 1;
	default:
		return -1;
	}
}

/* Runs a program up to the rules for the address. Returns 0 or -1. */
static int run_program(struct cfa_program *p, struct cursor program)
{
	for (int i = 0; i < MAX_OPERATIONS && program.at < program.end; i++) {
		uint8_t operation = cursor_u8(&program), operand = operation & 0x3f;
		int goes_on = 1;

		switch (operation & 0xc0) {
		case CFA_ADVANCE_LOC:
			goes_on = advance(p, operand);
			break;
		case CFA_OFFSET:
			set_rule(p, operand, RULE_OFFSET,
				 cursor_uleb(&program) * (uint64_t)p->entry->data_factor);
			break;
		case CFA_RESTORE:
			restore_rule(p, operand);
			break;
		default:
			if (operation == CFA_SET_LOC) {
				p->location = read_encoded(&program, p->entry->encoding, 0);
				goes_on = p->location <= p->address;
			} else if (operation >= CFA_ADVANCE_LOC1 && operation <= CFA_ADVANCE_LOC4) {
				goes_on = advance(p, cursor_uint(&program, operation == CFA_ADVANCE_LOC4 ?
									       4 :
									       operation - 1));
			} else if (run_operation(p, &program, operation) < 0) {
				return -1;
			}
		}
		if (program.failed)
			return -1;
		if (!goes_on)
			return 0;
	}
	return program.at < program.end ? -1 : 0;
}

int find_frame_rules(struct elf_file *file, uint64_t address, struct frame_rules *rules)
{
	struct frame_entry entry;
	static struct cfa_program p; /* too large for a stack; the main thread alone comes here */

	if (find_frame_entry(file, address, &entry))
		return -1;
	memset(&p, 0, sizeof(p));
	p.file = file;
	p.entry = &entry;
	p.address = ~0ULL;
	if (run_program(&p, entry.initial))
		return -1;
	p.initial = p.state;
	p.has_initial = 1;
	p.location = entry.start;
	p.address = address;
	if (run_program(&p, entry.program) || !p.state.cfa.kind)
		return -1;
	rules->cfa = p.state.cfa;
	rules->cfa_register = p.state.cfa_register;
	memcpy(rules->registers, p.state.registers, sizeof(rules->registers));
	rules->return_register = entry.return_register;
	rules->is_signal_frame = entry.is_signal_frame;
	return 0;
}
