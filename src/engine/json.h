/*
 * Json: a small writer for the control socket's answers. Plain ASCII comes out whatever goes in:
 * texts that a worker wrote into its book are a stranger's.
 */
#ifndef ENGINE_JSON_H
#define ENGINE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_out {
	char *p;
	size_t n, cap;
	bool more; /* a comma is due */
	bool full; /* longer than LIMIT_CONTROL_ANSWER: p is not complete */
};

/* key NULL: an element of an array. open is '{' or '[', close their other half. */
void json_open(struct json_out *out, const char *key, char open);
void json_close(struct json_out *out, char close);
void json_text(struct json_out *out, const char *key, const char *text); /* NULL: null */
void json_textn(struct json_out *out, const char *key, const char *text, size_t max);
void json_number(struct json_out *out, const char *key, int64_t number);
void json_bool(struct json_out *out, const char *key, bool value);
void json_free(struct json_out *out);

#endif
