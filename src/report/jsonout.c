#include "report/jsonout.h"

#include "report/safe.h"

/* Members of the outermost object and records of its lists begin a line. */
#define LINES_DEPTH 2

struct jsonout
jsonout_to(FILE *out)
{
	return (struct jsonout){.out = out};
}

static void
begin(struct jsonout *json, const char *key)
{
	if (json->some)
		fputc(',', json->out);
	if (json->depth && json->depth <= LINES_DEPTH)
		fprintf(json->out, "\n%*s", (int)json->depth, "");
	else if (json->some)
		fputc(' ', json->out);
	if (key) {
		fputc('"', json->out);
		safe_json(json->out, key);
		fputs("\": ", json->out);
	}
	json->some = true;
}

void
jsonout_open(struct jsonout *json, const char *key, char bracket)
{
	begin(json, key);
	fputc(bracket, json->out);
	json->depth++;
	json->some = false;
}

void
jsonout_close(struct jsonout *json, char bracket)
{
	json->depth--;
	if (json->some && json->depth < LINES_DEPTH)
		fprintf(json->out, "\n%*s", (int)json->depth, "");
	fputc(bracket, json->out);
	json->some = true;
	if (json->depth == 0)
		fputc('\n', json->out);
}

void
jsonout_text(struct jsonout *json, const char *key, const char *text)
{
	begin(json, key);
	if (!text) {
		fputs("null", json->out);
		return;
	}
	fputc('"', json->out);
	safe_json(json->out, text);
	fputc('"', json->out);
}

void
jsonout_number(struct jsonout *json, const char *key, int64_t number)
{
	begin(json, key);
	fprintf(json->out, "%lld", (long long)number);
}

void
jsonout_bool(struct jsonout *json, const char *key, bool value)
{
	begin(json, key);
	fputs(value ? "true" : "false", json->out);
}

void
jsonout_null(struct jsonout *json, const char *key)
{
	begin(json, key);
	fputs("null", json->out);
}
