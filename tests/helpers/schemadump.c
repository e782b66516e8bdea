/* schemadump: the JSON Schema of "gatehouse audit --format json", from the rows of the columns. */
#include <stdio.h>
#include <string.h>

#include "report/columns.h"
#include "report/json.h"

static void
type(struct json *json, const char *name, bool null)
{
	if (!null) {
		json_text(json, "type", name);
		return;
	}
	json_open(json, "type", '[');
	json_text(json, NULL, name);
	json_text(json, NULL, "null");
	json_close(json, ']');
}

static void
values(struct json *json, const char *all)
{
	json_open(json, "enum", '[');
	while (*all) {
		char value[64];
		size_t n = strcspn(all, "|");

		snprintf(value, sizeof(value), "%.*s", (int)n, all);
		json_text(json, NULL, value);
		all += n + (all[n] == '|');
	}
	json_close(json, ']');
}

static void
reference(struct json *json, const struct column_set *set)
{
	char where[64];

	json_open(json, "items", '{');
	snprintf(where, sizeof(where), "#/definitions/%s", set->name);
	json_text(json, "$ref", where);
	json_close(json, '}');
}

static void
items(struct json *json, const char *name)
{
	json_open(json, "items", '{');
	json_text(json, "type", name);
	json_close(json, '}');
}

static void
one_column(struct json *json, const struct column *column)
{
	static const char *const types[COLUMN_N_TYPES] = {
		[COLUMN_TEXT] = "string", [COLUMN_NUMBER] = "integer", [COLUMN_BOOL] = "boolean",
		[COLUMN_TEXTS] = "array", [COLUMN_NUMBERS] = "array",  [COLUMN_ROWS] = "array",
	};

	json_open(json, column->name, '{');
	json_text(json, "description", column->doc);
	type(json, types[column->type], column->flags & COLUMN_NULL);
	if (column->values)
		values(json, column->values);
	if (column->type == COLUMN_ROWS)
		reference(json, column->rows);
	if (column->type == COLUMN_TEXTS)
		items(json, "string");
	if (column->type == COLUMN_NUMBERS)
		items(json, "integer");
	json_close(json, '}');
}

static void
one_set(struct json *json, const struct column_set *set)
{
	json_open(json, set->name, '{');
	json_text(json, "description", set->doc);
	json_text(json, "type", "object");
	json_open(json, "required", '[');
	for (const struct column *column = set->columns; column->name; column++)
		if (!(column->flags & COLUMN_SHOWN))
			json_text(json, NULL, column->name);
	json_close(json, ']');
	json_open(json, "properties", '{');
	for (const struct column *column = set->columns; column->name; column++)
		if (!(column->flags & COLUMN_SHOWN))
			one_column(json, column);
	json_close(json, '}');
	json_close(json, '}');
}

/* The members beside the lists; report/fmt_json.c writes them. */
static const struct {
	const char *name, *type, *doc;
	bool null;
} members[] = {
	{"schema", "integer", "1; grows only when something existing changes its meaning", false},
	{"host", "string", "host name", true},
	{"complete", "boolean", "everything that was asked for could be seen", false},
	{"version", "string", "version of gatehouse", false},
	{"time", "string", "when, UTC", false},
	{"root", "string", "/ or the directory given by --root", true},
	{"live", "boolean", "sockets and processes were looked at", false},
	{"privileged", "boolean", "every process could be seen", false},
	{"init", "string", "what process 1 is or would be", true},
	{"previous_runlevel", "string", "runlevel before this one", true},
	{"runlevel", "string", "runlevel now", true},
	{"default_runlevel", "string", "runlevel or target after boot", true},
	{"packet_filter", "string", "unknown, none or present", false},
	{"reachable", "integer", "listeners that others than this host can reach", false},
};

static const struct {
	const char *name;
	const struct column_set *set;
} lists[] = {
	{"listeners", &columns_listener},
	{"starts", &columns_start},
	{"findings", &columns_finding},
	{"diagnostics", &columns_diag},
};

int
main(void)
{
	static const struct column_set *const sets[] = {
		&columns_listener, &columns_start,  &columns_finding, &columns_owner,
		&columns_cause,    &columns_remedy, &columns_guard,   &columns_diag,
	};
	struct json json = json_to(stdout);

	json_open(&json, NULL, '{');
	json_text(&json, "$schema", "http://json-schema.org/draft-07/schema#");
	json_text(&json, "title", "gatehouse audit --format json");
	json_text(&json, "type", "object");
	json_open(&json, "required", '[');
	for (size_t i = 0; i < COUNT_OF(members); i++)
		json_text(&json, NULL, members[i].name);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		json_text(&json, NULL, lists[i].name);
	json_close(&json, ']');
	json_open(&json, "properties", '{');
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		json_open(&json, members[i].name, '{');
		json_text(&json, "description", members[i].doc);
		type(&json, members[i].type, members[i].null);
		json_close(&json, '}');
	}
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		json_open(&json, lists[i].name, '{');
		json_text(&json, "type", "array");
		reference(&json, lists[i].set);
		json_close(&json, '}');
	}
	json_close(&json, '}');
	json_open(&json, "definitions", '{');
	for (size_t i = 0; i < COUNT_OF(sets); i++)
		one_set(&json, sets[i]);
	json_close(&json, '}');
	json_close(&json, '}');
	return 0;
}
