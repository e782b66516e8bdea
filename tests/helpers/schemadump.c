/* schemadump: the JSON Schema of "gatehouse audit --format json", from the rows of the columns. */
#include <stdio.h>
#include <string.h>

#include "report/columns.h"
#include "report/jsonout.h"

static void
type(struct jsonout *json, const char *name, bool null)
{
	if (!null) {
		jsonout_text(json, "type", name);
		return;
	}
	jsonout_open(json, "type", '[');
	jsonout_text(json, NULL, name);
	jsonout_text(json, NULL, "null");
	jsonout_close(json, ']');
}

static void
values(struct jsonout *json, const char *all)
{
	jsonout_open(json, "enum", '[');
	while (*all) {
		char value[64];
		size_t n = strcspn(all, "|");

		snprintf(value, sizeof(value), "%.*s", (int)n, all);
		jsonout_text(json, NULL, value);
		all += n + (all[n] == '|');
	}
	jsonout_close(json, ']');
}

static void
reference(struct jsonout *json, const struct column_set *set)
{
	char where[64];

	jsonout_open(json, "items", '{');
	snprintf(where, sizeof(where), "#/definitions/%s", set->name);
	jsonout_text(json, "$ref", where);
	jsonout_close(json, '}');
}

static void
items(struct jsonout *json, const char *name)
{
	jsonout_open(json, "items", '{');
	jsonout_text(json, "type", name);
	jsonout_close(json, '}');
}

static void
one_column(struct jsonout *json, const struct column *column)
{
	static const char *const types[COLUMN_N_TYPES] = {
		[COLUMN_TEXT] = "string", [COLUMN_NUMBER] = "integer", [COLUMN_BOOL] = "boolean",
		[COLUMN_TEXTS] = "array", [COLUMN_NUMBERS] = "array",  [COLUMN_ROWS] = "array",
	};

	jsonout_open(json, column->name, '{');
	jsonout_text(json, "description", column->doc);
	type(json, types[column->type], column->flags & COLUMN_NULL);
	if (column->values)
		values(json, column->values);
	if (column->type == COLUMN_ROWS)
		reference(json, column->rows);
	if (column->type == COLUMN_TEXTS)
		items(json, "string");
	if (column->type == COLUMN_NUMBERS)
		items(json, "integer");
	jsonout_close(json, '}');
}

static void
one_set(struct jsonout *json, const struct column_set *set)
{
	jsonout_open(json, set->name, '{');
	jsonout_text(json, "description", set->doc);
	jsonout_text(json, "type", "object");
	jsonout_open(json, "required", '[');
	for (const struct column *column = set->columns; column->name; column++)
		if (!(column->flags & COLUMN_SHOWN))
			jsonout_text(json, NULL, column->name);
	jsonout_close(json, ']');
	jsonout_open(json, "properties", '{');
	for (const struct column *column = set->columns; column->name; column++)
		if (!(column->flags & COLUMN_SHOWN))
			one_column(json, column);
	jsonout_close(json, '}');
	jsonout_close(json, '}');
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
	struct jsonout json = jsonout_to(stdout);

	jsonout_open(&json, NULL, '{');
	jsonout_text(&json, "$schema", "http://json-schema.org/draft-07/schema#");
	jsonout_text(&json, "title", "gatehouse audit --format json");
	jsonout_text(&json, "type", "object");
	jsonout_open(&json, "required", '[');
	for (size_t i = 0; i < COUNT_OF(members); i++)
		jsonout_text(&json, NULL, members[i].name);
	for (size_t i = 0; i < COUNT_OF(lists); i++)
		jsonout_text(&json, NULL, lists[i].name);
	jsonout_close(&json, ']');
	jsonout_open(&json, "properties", '{');
	for (size_t i = 0; i < COUNT_OF(members); i++) {
		jsonout_open(&json, members[i].name, '{');
		jsonout_text(&json, "description", members[i].doc);
		type(&json, members[i].type, members[i].null);
		jsonout_close(&json, '}');
	}
	for (size_t i = 0; i < COUNT_OF(lists); i++) {
		jsonout_open(&json, lists[i].name, '{');
		jsonout_text(&json, "type", "array");
		reference(&json, lists[i].set);
		jsonout_close(&json, '}');
	}
	jsonout_close(&json, '}');
	jsonout_open(&json, "definitions", '{');
	for (size_t i = 0; i < COUNT_OF(sets); i++)
		one_set(&json, sets[i]);
	jsonout_close(&json, '}');
	jsonout_close(&json, '}');
	return 0;
}
