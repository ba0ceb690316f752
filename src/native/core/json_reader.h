/* SPDX-License-Identifier: MIT */
/*
 * Splits a JSON file into tokens, in a fixed amount of memory. It does not check the grammar:
 * malformed JSON gives other tokens, or ends early.
 */
#ifndef JSON_READER_H
#define JSON_READER_H

#include <stdint.h>

#define MAX_JSON_TEXT 256

/* Brackets, colons and commas are their own tokens. */
enum json_token { JSON_END = 0, JSON_STRING = 's', JSON_OTHER = 'o' };

struct json_reader {
	int fd;
	uint32_t left; /* bytes that may still be read from the file */
	uint32_t at, end;
	/* the last string; empty if it has an escape or is too long */
	char text[MAX_JSON_TEXT];
	char buffer[4096];
};

/* Reads at most max_bytes of a file from its position on. The reader does not own it. */
void begin_json(struct json_reader *reader, int fd, uint32_t max_bytes);
int next_json_token(struct json_reader *reader);
/*
 * Looks for a member of the outermost object whose value is a string. Returns true if `text` has
 * the value.
 */
int find_json_member(struct json_reader *reader, const char *key);

#endif
