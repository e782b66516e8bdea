/*
 * JSON as a stream: nothing is kept in memory, so 12,000 listeners cost what one does. Records
 * of the outer lists stand on one line each, so that grep(1) works on the output too.
 * jansson reads JSON elsewhere; for writing it wants the whole tree first.
 */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
	FILE *out;
	unsigned depth;
	bool some; /* the open object or list has a member already */
};

struct json json_to(FILE *out);
/* key is NULL inside lists and for the outermost value. */
void json_open(struct json *json, const char *key, char bracket);     /* '{' or '[' */
void json_close(struct json *json, char bracket);                     /* '}' or ']' */
void json_text(struct json *json, const char *key, const char *text); /* NULL = null */
void json_number(struct json *json, const char *key, int64_t number);
void json_bool(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

#endif
