/*
 * json.h - results for programs: one JSON object a line (RFC 8259).
 *
 * All of it is ASCII: other characters, and those a terminal would act on, are written as \uXXXX,
 * bytes that are not UTF-8 as \ufffd. So the output is the same in every locale.
 */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "util/buf.h"
#include "util/slice.h"

struct json {
	struct buf text;
	bool more; /* something stands before the next member */
};

/* Begins an object; json_end() prints it as a line. */
void json_begin(struct json *j);
void json_end(struct json *j);

/* Members of the innermost object; in an array the name is NULL. */
void json_text(struct json *j, const char *name, struct slice value);
void json_string(struct json *j, const char *name, const char *value); /* NULL: left out */
void json_number(struct json *j, const char *name, uint64_t value);
void json_bool(struct json *j, const char *name, bool value);

/* An object or an array ('{', '[') as a member, up to json_close() of the same kind ('}', ']'). */
void json_open(struct json *j, const char *name, char bracket);
void json_close(struct json *j, char bracket);

#endif
