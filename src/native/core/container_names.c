// SPDX-License-Identifier: MIT
/* Asks the broker for names of containers. */
#include <stdio.h>
#include <string.h>
#include "broker.h"
#include "container_files.h"
#include "core.h"

#define TIMEOUT_MS 50 /* for a name; exits gather in the ring meanwhile */

/* Returns true if the node has files with names of containers. */
API int can_name_containers(void)
{
	return has_broker_task(FIND_CONTAINER);
}

/*
 * A lookup, and its result: the digit of an enum container_name_kind and a name, or empty. The one
 * that is not answered yet, and the last answered one, until its result is returned.
 */
static struct lookup {
	char wanted[MAX_WANTED_BYTES]; /* all zeros: there is none */
	char name[1 + MAX_ANSWER_TEXT];
} pending, late;
static uint32_t requests;

static int is_lookup_of(const struct lookup *lookup, const char *wanted)
{
	return !memcmp(lookup->wanted, wanted, sizeof(lookup->wanted));
}

static int is_pending(void)
{
	return pending.wanted[0] != 0;
}

/* Sends the pending lookup if it was not sent. Returns 0 without an answer; else fills in late. */
static int finish_pending(void)
{
	struct broker_answer answer;
	int result = ask_broker_with(FIND_CONTAINER, requests, pending.wanted,
				     sizeof(pending.wanted), TIMEOUT_MS, &answer);

	if (!result)
		return 0;
	pending.name[0] = 0;
	if (result > 0 && answer.result > NO_CONTAINER_NAME)
		snprintf(pending.name, sizeof(pending.name), "%d%s", answer.result, answer.text);
	late = pending;
	memset(&pending, 0, sizeof(pending));
	return 1;
}

/*
 * Looks for a container by its id of 64 hex digits, which the uid of its pod may follow, or by a
 * name that is shorter. Returns its name after the digit of its enum container_name_kind; an empty
 * text if there is none; NULL if the broker has not answered yet, this lookup or one before: a
 * later call with the same text gets the answer. The result stays valid until the next call.
 */
API const char *container_name(const char *text)
{
	static char name[sizeof(late.name)];
	char wanted[MAX_WANTED_BYTES] = { 0 };

	name[0] = 0;
	if (!*text || strlen(text) > sizeof(wanted))
		return name;
	memcpy(wanted, text, strlen(text));
	if (!is_lookup_of(&late, wanted) && is_pending() && !finish_pending())
		return NULL;
	if (!is_lookup_of(&late, wanted)) {
		/* the number keeps the answers for several containers apart */
		requests++;
		memcpy(pending.wanted, wanted, sizeof(wanted));
		if (!finish_pending())
			return NULL;
	}
	memcpy(name, late.name, sizeof(name));
	/* the files may say something else the next time */
	memset(&late, 0, sizeof(late));
	return name;
}
