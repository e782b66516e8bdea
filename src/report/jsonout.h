/*
 * JSON as a stream: nothing is kept in memory, so 12,000 listeners cost what one does. Records
 * of the outer lists stand on one line each, so that grep(1) works on the output too.
 * jansson reads JSON elsewhere; for writing it wants the whole tree first.
 */
#ifndef REPORT_JSONOUT_H
#define REPORT_JSONOUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct jsonout {
	FILE *out;
	unsigned depth;
	bool some; /* the open object or list has a member already */
};

struct jsonout jsonout_to(FILE *out);
/* key is NULL inside lists and for the outermost value. */
void jsonout_open(struct jsonout *json, const char *key, char bracket);     /* '{' or '[' */
void jsonout_close(struct jsonout *json, char bracket);                     /* '}' or ']' */
void jsonout_text(struct jsonout *json, const char *key, const char *text); /* NULL = null */
void jsonout_number(struct jsonout *json, const char *key, int64_t number);
void jsonout_bool(struct jsonout *json, const char *key, bool value);
void jsonout_null(struct jsonout *json, const char *key);

#endif
