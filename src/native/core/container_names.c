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
 * Looks for a container by its id of 64 hex digits, or by a name that is shorter. Returns its name
 * after the digit of its enum container_name_kind; an empty text if there is none; NULL if the
 * broker has not answered yet: a later call with the same text gets the answer. The result stays
 * valid until the next call.
 */
API const char *container_name(const char *id_or_name)
{
	static char name[1 + MAX_ANSWER_TEXT], last[CONTAINER_ID_BYTES];
	static uint32_t requests;
	char wanted[CONTAINER_ID_BYTES] = { 0 };
	struct broker_answer answer;
	int result;

	name[0] = 0;
	if (strlen(id_or_name) > CONTAINER_ID_BYTES)
		return name;
	memcpy(wanted, id_or_name, strlen(id_or_name));
	/* the number tells the answers for several containers apart */
	if (memcmp(last, wanted, CONTAINER_ID_BYTES)) {
		requests++;
		memcpy(last, wanted, CONTAINER_ID_BYTES);
	}
	result = ask_broker_with(FIND_CONTAINER, requests, wanted, sizeof(wanted), TIMEOUT_MS,
				 &answer);
	if (!result)
		return NULL;
	if (result > 0 && answer.result > NO_CONTAINER_NAME)
		snprintf(name, sizeof(name), "%d%s", answer.result, answer.text);
	return name;
}
