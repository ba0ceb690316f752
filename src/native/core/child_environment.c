// SPDX-License-Identifier: MIT
/*
 * The environment of COMMAND, which is the one that exitsnoop was started with. The tracer's own
 * environ differs, since scripts/runtime/preflight.c hides most of it from the runtime. But the
 * strings that execve(2) wrote are still on the stack, in their order, and the kernel keeps their
 * address.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "child_command.h"

/* A field of /proc/PID/stat, counted from the end of the name, which may contain any byte. */
#define ENV_START (50 - 3)
#define ENV_END (51 - 3)
#define MAX_STAT 4096
#define MAX_ADDED 4 /* for set_child_variable() */

static char **variables;
static size_t count;

/* Finds the strings that execve(2) wrote. Returns 0 or -errno. */
static int find_strings(char **start, char **end)
{
	FILE *file = fopen("/proc/self/stat", "re");
	char text[MAX_STAT], *rest, *field;
	size_t length;

	if (!file)
		return -errno;
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[length] = 0;
	rest = strrchr(text, ')');
	*start = *end = NULL;
	for (int i = 0; rest && (field = strtok_r(i ? NULL : rest + 1, " \n", &rest)); i++) {
		if (i == ENV_START)
			*start = (char *)strtoul(field, NULL, 10);
		if (i == ENV_END)
			*end = (char *)strtoul(field, NULL, 10);
	}
	return *start && *end >= *start ? 0 : -ENODATA;
}

int load_child_environment(void)
{
	char *start, *end;
	int error = find_strings(&start, &end);
	size_t all = 0;

	if (error)
		return error;
	for (char *at = start; at < end; at += strlen(at) + 1)
		all++;
	variables = calloc(all + MAX_ADDED + 1, sizeof(*variables));
	if (!variables)
		return -ENOMEM;
	count = 0;
	for (char *at = start; at < end; at += strlen(at) + 1)
		variables[count++] = at;
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
