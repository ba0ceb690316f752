/* SPDX-License-Identifier: MIT */
/* The brokers: broker.c is the process, broker_client.c asks it, and each task has its own file. */
#ifndef BROKER_H
#define BROKER_H

#include <stdint.h>

#define MAX_ANSWER_TEXT 256
#define CONTAINER_ID_BYTES 64
#define START_TIMEOUT_MS 5000 /* for the first answer: enough for a busy machine */

enum broker_task {
	RESOLVE_USER,	/* user_names.c; argument: a uid */
	REOPEN_OUTPUT,	/* reopen_output.c; argument: which file */
	FIND_CONTAINER,	/* container_files.c; argument: a count, payload: see MAX_WANTED_BYTES */
	OPEN_ELF,	/* elf_opener.c; argument: a count, payload: struct elf_request */
	BEGIN_SEGMENT,	/* segments.c; argument: a count, and whether a segment begins */
	TASK_COUNT,
};
#define TASK_BIT(task) (1u << (task))

struct broker_request {
	uint32_t task, argument;
};
#define MAX_PAYLOAD 24576 /* bytes after a request, in the same message */

struct broker_answer {
	int32_t result;		/* at least 0, or a negative number of the task */
	int32_t fd;		/* a descriptor that the receiver owns, or -1 */
	int32_t watch;		/* of a reopened file: see copied_file.c */
	char text[MAX_ANSWER_TEXT];
};

/* Runs a broker with these TASK_BIT()s until the tracer closes the socket or dies. */
_Noreturn void run_broker(int socket, uint32_t tasks);

/* The tasks, as they run in the broker. They fill an answer whose fd is -1. */
void resolve_user(uint32_t uid, struct broker_answer *answer);
void reopen_kept_file(uint32_t argument, struct broker_answer *answer);
void begin_segment(uint32_t argument, struct broker_answer *answer);
void find_container(uint32_t argument, struct broker_answer *answer);
void open_elf(uint32_t argument, struct broker_answer *answer);
/* Copies the payload of the request that is being answered. Returns its bytes, at most `size`. */
uint32_t take_payload(void *to, uint32_t size);

/*
 * Asks the broker and waits for the answer, for at most timeout_ms. Returns 1 if it has answered, 0
 * if it has not yet: the same call gets the answer later; -1 if there is no broker. Requests of a
 * task are the same if their arguments are.
 */
int ask_broker(enum broker_task task, uint32_t argument, int timeout_ms,
	       struct broker_answer *answer);
/* Asks the broker as ask_broker() does, with bytes that follow the request. */
int ask_broker_with(enum broker_task task, uint32_t argument, const void *payload, uint32_t bytes,
		    int timeout_ms, struct broker_answer *answer);
/* Returns true if the broker runs and has this task. */
int has_broker_task(enum broker_task task);

/* user_names.c: returns true if names cannot be looked up without the broker. */
int needs_broker_for_names(void);

/*
 * reopen_output.c: the directories of the output files, which the broker keeps open. Stores at most
 * MAX_OUTPUTS pointers to their descriptors, and returns the number.
 */
int kept_directories(int **directories);

#endif
