/* SPDX-License-Identifier: MIT */
/* The state of one unwinding: unwind.c and its helpers share it. */
#ifndef UNWIND_H
#define UNWIND_H

#include "call_frame.h"
#include "elf_file.h"
#include "find_file.h"

#define MAX_FRAMES 64
#define MAX_SCANNED_WORDS 256

#ifdef __aarch64__
#define FP 29
#define LR 30
#define SP 31
#define IP 32
#else
#define FP 6
#define SP 7
#define IP 16
#endif

/* How a frame was found; src/native/unwind.ts has the same order. */
enum frame_how {
	FROM_REGISTERS,		/* the instruction pointer */
	FROM_CALL,		/* the return address on top of the stack, after a call */
	FROM_CALL_FRAME,	/* .eh_frame */
	FROM_FRAME_POINTER,
	FROM_SIGNAL_FRAME,
	FROM_SCAN,		/* a guess: a word on the stack, after a call */
};

/* Why there are no more frames; src/native/unwind.ts has the same order. */
enum unwind_end {
	END_OUTERMOST,		/* the last frame has no caller */
	END_UNKNOWN,		/* nothing says how to find the caller */
	END_CUT,		/* more frames follow */
	END_EXHAUSTED,		/* unwinding took too much work */
	END_UNRECORDED,		/* as END_UNKNOWN; a return address was in no recorded mapping */
};

/* The state of a module's file; src/native/unwind.ts has the same order. */
enum file_state { FILE_UNKNOWN, FILE_OK, FILE_GONE, FILE_REPLACED, FILE_UNREADABLE, FILE_NONE };

struct unwind_module {
	const struct crash_module *record;
	const char *paths;	/* each with a NUL, ends with an empty one */
	struct elf_file *file;	/* NULL: not open */
	int state;		/* enum file_state */
	int fd;
};

struct unwinder {
	const struct crash_record *record;
	uint32_t flags;			/* enum crash_flags, of the first and the last record */
	uint32_t module_count, stack_count;
	struct unwind_module modules[MAX_CRASH_MODULES];
	const struct crash_stack *stacks[2 * (MAX_CRASH_PIECES + 1)];
	struct mount_list mounts;	/* whose files may be opened */
	int is_32;
	uint32_t word_bytes;
	uint64_t registers[CRASH_REGISTERS];
};

/* A place in the code of a process. */
struct place {
	struct unwind_module *module;	/* NULL: in no executable mapping */
	struct elf_file *file;		/* NULL: it cannot be read */
	uint64_t offset;		/* in the file */
	uint64_t address;		/* in the file's own addresses */
};

/* Returns an address of arm64 without the signature that may be in its upper bits. */
static inline uint64_t without_signature(uint64_t address)
{
#ifdef __aarch64__
	return address & ((1ULL << 48) - 1);
#else
	return address;
#endif
}

/*
 * unwind_records.c: adds the records in the input: as in a batch, each with a struct record_head.
 * Records that are shorter than they say are left out. Without a crash_end, the stack counts as
 * dropped. Returns 0, or -1 without a crash_record.
 */
int add_records(struct unwinder *u, const uint8_t *input, uint32_t bytes);
/* Gives the modules their paths: for each a list that ends with an empty path. */
void add_paths(struct unwinder *u, const char *paths, uint32_t bytes);

/* unwind_memory.c: each returns 0 or -1 */
int read_stack(const struct unwinder *u, uint64_t address, void *to, uint32_t bytes);
int read_word(const struct unwinder *u, uint64_t address, uint64_t *word);
/*
 * Returns the end of the recorded part of the stack that has `sp`, if more of the stack was not
 * recorded; 0: it was, or the part is not known.
 */
uint64_t cut_stack_end(const struct unwinder *u, uint64_t sp);
/* Finds the mapping of an address, and the place that its instruction is at. */
void find_place(struct unwinder *u, uint64_t address, struct place *place);
struct unwind_module *module_at(struct unwinder *u, uint64_t address);

/* unwind_files.c: opens the file of a module. Returns NULL if it cannot be used; sets its state. */
struct elf_file *module_file(struct unwinder *u, struct unwind_module *module);

/*
 * unwind_signal.c: returns true if a handler returns to this address; replaces the registers by
 * those that a signal frame has, and returns 0 or -1
 */
int is_signal_return(struct unwinder *u, uint64_t address);
int restore_interrupted(struct unwinder *u);
/*
 * unwind_32.c: the same for 32-bit processes; restore_interrupted_32() sets the members of
 * first_signal, too, except sp
 */
int is_signal_return_32(const struct place *place);
int restore_interrupted_32(struct unwinder *u, uint64_t frame);
/* Steps from a system call in the vdso of a 32-bit process to its caller; 0: not found. */
int step_from_vdso(struct unwinder *u);
/* The fields of the siginfo in a signal frame, and its error_code, trap and fault address. */
struct signal_frame {
	uint32_t signal;	/* 0: the handler has no siginfo */
	int32_t code;
	uint64_t address, error_code, trap, fault_address, sp;
};
extern struct signal_frame first_signal;

/* Returns true if a call precedes an address. Sets the place and the address that is called. */
int follows_call(struct unwinder *u, uint64_t address, struct place *place, uint64_t *target);
/*
 * Returns true for the address to which the first function of makecontext(3) returns: glibc's
 * __start_context, which is entered with the stack of the context in %rbx.
 */
int is_context_end(struct unwinder *u, uint64_t address);
/*
 * Returns true for code at the entry point of a program or of ld.so, which has no caller. Unwind
 * tables say so in glibc's programs alone.
 */
int is_program_entry(const struct place *place);
/* unwind_guess.c: replace the registers by the caller's, and return 1; 0: none was found */
int step_by_call(struct unwinder *u, const struct place *place);
int step_by_scan(struct unwinder *u, const struct place *place);
/*
 * unwind_frame_pointer.c: the same, but returns how the caller was found: FROM_FRAME_POINTER, or
 * FROM_SCAN if the frame pointer is that of a caller.
 */
int step_by_frame_pointer(struct unwinder *u, const struct place *place);
/*
 * Returns true for a frame pointer of 0 and the return address in Go's runtime.goexit: goroutines
 * begin as if its first instruction had called their first function.
 */
int is_first_frame(struct unwinder *u, uint64_t frame_pointer, uint64_t address);

#endif
