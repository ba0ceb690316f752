// SPDX-License-Identifier: MIT
#include <string.h>
#include <unistd.h>
#include "json_reader.h"

#define NO_CHARACTER -1

void begin_json(struct json_reader *reader, int fd, uint32_t max_bytes)
{
	reader->fd = fd;
	reader->left = max_bytes;
	reader->at = reader->end = 0;
}

/* Returns the next character without consuming it, or NO_CHARACTER at the end. */
static int peek(struct json_reader *reader)
{
	uint32_t most = sizeof(reader->buffer);
	ssize_t count;

	if (reader->at < reader->end)
		return (unsigned char)reader->buffer[reader->at];
	if (most > reader->left)
		most = reader->left;
	count = most ? read(reader->fd, reader->buffer, most) : 0;
	if (count <= 0)
		return NO_CHARACTER;
	reader->left -= count;
	reader->at = 0;
	reader->end = count;
	return (unsigned char)reader->buffer[0];
}

static int is_structural(int c)
{
	return c == '{' || c == '}' || c == '[' || c == ']' || c == ':' || c == ',';
}

static int is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Reads a string up to its closing quote. */
static int read_string(struct json_reader *reader)
{
	uint32_t length = 0;
	int c, is_plain = 1;

	while ((c = peek(reader)) != NO_CHARACTER) {
		reader->at++;
		if (c == '"') {
			reader->text[is_plain ? length : 0] = 0;
			return JSON_STRING;
		}
		if (c == '\\') {
			/* skip the escaped character, which may be a quote */
			if (peek(reader) == NO_CHARACTER)
				break;
			reader->at++;
			is_plain = 0;
		} else if (length + 1 < sizeof(reader->text)) {
			reader->text[length++] = c;
		} else {
			is_plain = 0;
		}
	}
	return JSON_END;
}

int next_json_token(struct json_reader *reader)
{
	int c;

	while ((c = peek(reader)) != NO_CHARACTER && is_space(c))
		reader->at++;
	if (c == NO_CHARACTER)
		return JSON_END;
	reader->at++;
	if (is_structural(c))
		return c;
	if (c == '"')
		return read_string(reader);
	/* a number, true, false or null */
	while ((c = peek(reader)) != NO_CHARACTER && !is_structural(c) && !is_space(c) && c != '"')
		reader->at++;
	return JSON_OTHER;
}

int find_json_member(struct json_reader *reader, const char *key)
{
	int token, depth = 0, is_key = 0, is_value = 0;

	while ((token = next_json_token(reader)) != JSON_END) {
		if (is_value)
			return token == JSON_STRING;
		is_value = is_key && token == ':';
		is_key = token == JSON_STRING && depth == 1 && !strcmp(reader->text, key);
		if (token == '{' || token == '[')
			depth++;
		else if (token == '}' || token == ']')
			depth--;
	}
	return 0;
}
