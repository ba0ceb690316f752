// SPDX-License-Identifier: MIT
/*
 * Finds callers by the frame pointer. Code without call frame information may omit it, as that of
 * musl does: then the register still has the frame of one of the callers, and the return addresses
 * of the functions between are below that frame.
 */
#include <string.h>
#include "unwind.h"

/* The longest instruction before the place to which the first function of a goroutine returns. */
#define MAX_ENTRY_BYTES 4
/* A function is longer than this only if it is generated. */
#define MAX_FUNCTION_BYTES (64 << 10)
/* The bytes at the start of a function in which it sets the frame pointer. */
#define MAX_PROLOGUE_BYTES 64
/* How far back from an instruction the start of a function without a symbol is looked for. */
#define MAX_LOOKBACK_BYTES 1024

int is_first_frame(struct unwinder *u, uint64_t frame_pointer, uint64_t address)
{
	struct place place;
	uint64_t start;

	find_place(u, address, &place);
	return !frame_pointer && place.file &&
	       !elf_function_at(place.file, place.address - 1, &start) &&
	       place.address - start <= MAX_ENTRY_BYTES;
}

#ifdef __aarch64__
/* Returns true if the code has `mov x29, sp` or `add x29, sp, #...`. */
static int sets_frame_pointer(const uint8_t *code, uint32_t bytes, int is_32)
{
	uint32_t word;

	(void)is_32;
	for (uint32_t i = 0; i + sizeof(word) <= bytes; i += sizeof(word)) {
		memcpy(&word, code + i, sizeof(word));
		if ((word & 0xffc003ff) == 0x910003fd)
			return 1;
	}
	return 0;
}
#else
/* Returns true if the code has `mov %rsp, %rbp` in either encoding. */
static int sets_frame_pointer(const uint8_t *code, uint32_t bytes, int is_32)
{
	for (uint32_t i = !is_32; i + 2 <= bytes; i++)
		if (((code[i] == 0x89 && code[i + 1] == 0xe5) ||
		     (code[i] == 0x8b && code[i + 1] == 0xec)) &&
		    (is_32 || code[i - 1] == 0x48))
			return 1;
	return 0;
}
#endif

/*
 * Returns true if the function with the instruction at `place` has set the frame pointer before.
 * `function`: where it starts; 0: it is not known.
 */
static int has_frame(struct unwinder *u, const struct place *place, uint64_t function)
{
	uint8_t code[MAX_LOOKBACK_BYTES];
	uint64_t before = function ? place->address - function : MAX_LOOKBACK_BYTES;
	uint32_t bytes;

	if (before > place->offset)
		before = place->offset;
	bytes = before;
	if (function && before > MAX_PROLOGUE_BYTES)
		bytes = MAX_PROLOGUE_BYTES;
	return !elf_read(place->file, place->offset - before, code, bytes) &&
	       sets_frame_pointer(code, bytes, u->is_32);
}

/* The return addresses from the stack pointer up to a frame. */
struct returns {
	uint64_t first, first_at;	/* at: where it is on the stack; first 0: there are none */
	uint64_t nearest, nearest_at;	/* after a call of the function that starts at `function` */
	uint64_t function;
};

/*
 * Finds the return addresses below `end`. Looks for the call of a function that starts between
 * `from` and `to` in `file`, as near to `to` as possible.
 */
static void find_returns(struct unwinder *u, uint64_t end, const struct elf_file *file,
			 uint64_t from, uint64_t to, struct returns *found)
{
	uint64_t word, target, sp = u->registers[SP];
	struct place caller;

	memset(found, 0, sizeof(*found));
	for (uint32_t i = 0; i < MAX_SCANNED_WORDS && sp < end; i++, sp += u->word_bytes) {
		if (read_word(u, sp, &word))
			return;
		word = without_signature(word);
		if (!module_at(u, word))
			continue;
		if (!follows_call(u, word, &caller, &target)) {
			if (!is_signal_return(u, word))
				continue;
			target = 0;
		}
		if (!found->first) {
			found->first = word;
			found->first_at = sp;
		}
		if (target && caller.file == file && target >= from && target <= to &&
		    target > found->function) {
			found->nearest = word;
			found->nearest_at = sp;
			found->function = target;
		}
	}
}

static int step_to_return(struct unwinder *u, uint64_t address, uint64_t at)
{
	u->registers[IP] = address;
	u->registers[SP] = at + u->word_bytes;
	return 1;
}

/*
 * Returns true if the frame at the frame pointer is that of a caller, and steps to the function
 * that `place` was called from. `called`: the start of the function whose frame it is, in
 * `called_file`; 0: it was called indirectly.
 */
static int step_below_frame(struct unwinder *u, const struct place *place, uint64_t frame,
			    const struct elf_file *called_file, uint64_t called)
{
	int is_near = called && called_file == place->file && place->address >= called &&
		      place->address - called < MAX_FUNCTION_BYTES;
	uint64_t function, from = is_near ? called + 1 : place->address - MAX_FUNCTION_BYTES;
	struct returns found;

	if (!place->file)
		return 0;
	find_returns(u, frame, place->file, from, place->address, &found);
	if (!found.first)
		return 0;
	if (is_near) {
		/* a function that starts between `called` and the instruction is another one */
		if (found.nearest)
			return step_to_return(u, found.nearest, found.nearest_at);
		if (has_frame(u, place, called))
			return 0;
	}
	/* the rest of the work is for call frame information */
	if (elf_is_half_spent())
		return 0;
	/* stripped: a function that was called from there, and starts before the instruction */
	if (elf_function_at(place->file, place->address, &function))
		function = found.function;
	if (has_frame(u, place, function) || (!function && (is_near || !called)))
		return 0;
	if (function && found.function == function)
		return step_to_return(u, found.nearest, found.nearest_at);
	return step_to_return(u, found.first, found.first_at);
}

/*
 * Returns true if a frame with these two words can be one. Sets the place after the call that made
 * it, and the address of the function that was called; 0: it is not known.
 */
static int is_frame(struct unwinder *u, uint64_t frame_pointer, uint64_t address,
		    struct place *caller, uint64_t *called)
{
	if (follows_call(u, address, caller, called))
		return 1;
	*called = 0;
	return is_first_frame(u, frame_pointer, address);
}

int step_by_frame_pointer(struct unwinder *u, const struct place *place)
{
	uint64_t frame = u->registers[FP], next, above, address, beyond, called;
	uint32_t bytes = u->word_bytes;
	struct place caller;

	if (frame < u->registers[SP] - 16 || frame & (bytes - 1) ||
	    read_word(u, frame, &next) || read_word(u, frame + bytes, &address))
		return 0;
	address = without_signature(address);
	if (!module_at(u, address))
		return 0;
	if (is_frame(u, next, address, &caller, &called)) {
		if (step_below_frame(u, place, frame, caller.file, called))
			return FROM_SCAN;
	} else if (!is_signal_return(u, address)) {
		/*
		 * Go's sigpanic is entered as if the faulting instruction had called it. Then the
		 * frame above has to be right.
		 */
		if (next <= frame || read_word(u, next, &above) ||
		    read_word(u, next + bytes, &beyond) ||
		    !is_frame(u, above, without_signature(beyond), &caller, &called))
			return 0;
	}
	u->registers[IP] = address;
	u->registers[FP] = next;
	u->registers[SP] = frame + 2 * bytes;
	return FROM_FRAME_POINTER;
}
