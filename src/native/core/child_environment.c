// SPDX-License-Identifier: MIT
/*
 * The environment of COMMAND, which is the one that exitsnoop was started with. The tracer's own
 * environ differs, since scripts/runtime/preflight.c hides most of it from the runtime. But the
 * strings that execve(2) wrote are still on the stack, one after the other.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "child_command.h"

#define MAX_ADDED 4 /* for set_child_variable() */

static char **variables;
static size_t count;

int load_child_environment(void)
{
	const struct inherited *from = inherited();
	char *at = from->environment;
	size_t all = from->environment_count;

	/* without preflight, nothing is hidden */
	while (!at && environ[all])
		all++;
	variables = calloc(all + MAX_ADDED + 1, sizeof(*variables));
	if (!variables)
		return -ENOMEM;
	for (count = 0; count < all; count++) {
		variables[count] = at ? at : environ[count];
		if (at)
			at += strlen(at) + 1;
	}
	return 0;
}

int set_child_variable(const char *name, const char *value)
{
	size_t length = strlen(name), i = 0;
	char *variable;

	if (asprintf(&variable, "%s=%s", name, value) < 0)
		return -ENOMEM;
	while (i < count && (strncmp(variables[i], name, length) || variables[i][length] != '='))
		i++;
	variables[i] = variable;
	if (i == count)
		count++;
	return 0;
}

char **child_environment(void)
{
	return variables;
}
