/* See json.h; RFC 8259. */
#include "engine/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"

static void
put(struct json_out *out, const char *bytes, size_t n)
{
	if (out->n + n > LIMIT_CONTROL_ANSWER) {
		out->full = true;
		return;
	}
	if (out->n + n > out->cap) {
		out->cap = (out->n + n) * 2 + 256;
		out->p = realloc(out->p, out->cap);
		if (!out->p)
			err_no_memory();
	}
	memcpy(out->p + out->n, bytes, n);
	out->n += n;
}

static void
put_text(struct json_out *out, const char *text, size_t n)
{
	char escaped[8];

	put(out, "\"", 1);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= ' ' && c < 0x7f && c != '"' && c != '\\') {
			put(out, text + i, 1);
			continue;
		}
		snprintf(escaped, sizeof(escaped), "\\u%04x", c);
		put(out, escaped, 6);
	}
	put(out, "\"", 1);
}

static void
begin(struct json_out *out, const char *key)
{
	if (out->more)
		put(out, ",", 1);
	out->more = true;
	if (!key)
		return;
	put_text(out, key, strlen(key));
	put(out, ":", 1);
}

void
json_open(struct json_out *out, const char *key, char open)
{
	begin(out, key);
	put(out, &open, 1);
	out->more = false;
}

void
json_close(struct json_out *out, char close)
{
	put(out, &close, 1);
	out->more = true;
}

void
json_textn(struct json_out *out, const char *key, const char *text, size_t max)
{
	begin(out, key);
	if (text)
		put_text(out, text, strnlen(text, max));
	else
		put(out, "null", 4);
}

void
json_text(struct json_out *out, const char *key, const char *text)
{
	json_textn(out, key, text, SIZE_MAX / 2);
}

void
json_number(struct json_out *out, const char *key, int64_t number)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%lld", (long long)number);

	begin(out, key);
	put(out, text, (size_t)n);
}

void
json_bool(struct json_out *out, const char *key, bool value)
{
	begin(out, key);
	put(out, value ? "true" : "false", value ? 4 : 5);
}

void
json_free(struct json_out *out)
{
	free(out->p);
	*out = (struct json_out){0};
}
