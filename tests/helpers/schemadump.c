/* schemadump COMMAND: the JSON Schema of "gatehouse COMMAND --format json", from the columns' rows.
 */
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

/* A member that is no list. */
struct member {
	const char *name, *type, *doc;
	bool null;
	const struct member *inside; /* of an object, or of each object of an array */
};

#define EVERY                                                                                      \
	{"schema", "integer", "1; grows only when something existing changes its meaning", false}, \
		{"host", "string", "host name", true},                                             \
	{                                                                                          \
		"complete", "boolean", "everything that was asked for could be seen", false        \
	}

static const struct member every[] = {EVERY, {NULL}};
static const struct member audit[] = {
	EVERY,
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
	{NULL},
};
/* Of "catalog" in explain's answer. */
static const struct member catalog[] = {
	{"service", "string", "its name", false},
	{"what", "string", "a few words", true},
	{"class", "string", "class of risk", false},
	{"verdict", "string", "under the policy of this machine", false},
	{"condition", "string", "the facts that decided", true},
	{"unsaid", "string", "a fact the verdict would depend on and nobody stated", true},
	{"rule", "string", "all verdicts with their conditions", true},
	{"aliases", "string", "other names", true},
	{"programs", "string", "executables", true},
	{"groups", "string", "groups it is in", true},
	{"ports", "string", "ports it uses", true},
	{"why", "string", "why that verdict", true},
	{"instead", "string", "something safer", true},
	{"remedy", "string", "what to do in general", true},
	{"disable", "string", "how to switch it off", true},
	{"localize", "string", "how to bind it to this host", true},
	{"restrict", "string", "how to let only some in", true},
	{"confine", "string", "how to jail it", true},
	{"reduce", "string", "functions to switch off", true},
	{NULL},
};

/* Of each of "members" there. */
static const struct member group_members[] = {
	{"service", "string", "its name", false},
	{"what", "string", "a few words", true},
	{"off", "string", "how to switch it off", true},
	{NULL},
};

static const struct member explain[] = {
	EVERY,
	{"query", "string", "what was asked", false},
	{"catalog", "object", "what is known of the service", true, catalog},
	{"group", "string", "the group of services asked for", true},
	{"members", "array", "the services of that group", true, group_members},
	{"services_name", "string", "the port's name in /etc/services", true},
	{"services_comment", "string", "the comment there", true},
	{NULL},
};
struct list {
	const char *name;
	const struct column_set *set;
};

/* One for each command that writes JSON: data/schema/NAME.schema.json. */
static const struct schema {
	const char *name;
	const struct member *members;
	bool one_list; /* an answer has one of the lists, not all */
	struct list lists[5];
	const struct column_set *sets[9];
} schemas[] = {
	{"audit",
	 audit,
	 false,
	 {{"listeners", &columns_listener},
	  {"starts", &columns_start},
	  {"findings", &columns_finding},
	  {"diagnostics", &columns_diag}},
	 {&columns_listener, &columns_start, &columns_finding, &columns_owner, &columns_cause,
	  &columns_remedy, &columns_guard, &columns_diag}},
	{"baseline",
	 every,
	 true,
	 {{"changes", &columns_change}, {"listeners", &columns_baseline}},
	 {&columns_change, &columns_baseline}},
	{"explain",
	 explain,
	 false,
	 {{"listeners", &columns_listener},
	  {"starts", &columns_start},
	  {"processes", &columns_process}},
	 {&columns_listener, &columns_start, &columns_process, &columns_owner, &columns_cause,
	  &columns_guard}},
	{"processes", every, false, {{"processes", &columns_process}}, {&columns_process}},
	{"sockets",
	 every,
	 true,
	 {{"sockets", &columns_listener}, {"holders", &columns_holder}},
	 {&columns_listener, &columns_holder, &columns_owner, &columns_cause, &columns_guard}},
	{"starts",
	 every,
	 true,
	 {{"starts", &columns_start}, {"links", &columns_link}},
	 {&columns_start, &columns_link}},
	{"sessions", every, false, {{"sessions", &columns_session}}, {&columns_session}},
	{"status",
	 every,
	 false,
	 {{"services", &columns_served}},
	 {&columns_served, &columns_refusal}},
};

static void
names(struct jsonout *json, const struct member *members)
{
	for (; members->name; members++)
		jsonout_text(json, NULL, members->name);
}

static void properties(struct jsonout *json, const struct member *members);

static void
inside(struct jsonout *json, const struct member *members)
{
	jsonout_open(json, "required", '[');
	names(json, members);
	jsonout_close(json, ']');
	jsonout_open(json, "properties", '{');
	properties(json, members);
	jsonout_close(json, '}');
}

static void
one_member(struct jsonout *json, const struct member *member)
{
	jsonout_open(json, member->name, '{');
	jsonout_text(json, "description", member->doc);
	type(json, member->type, member->null);
	if (member->inside && strcmp(member->type, "array") == 0) {
		jsonout_open(json, "items", '{');
		jsonout_text(json, "type", "object");
		inside(json, member->inside);
		jsonout_close(json, '}');
	} else if (member->inside) {
		inside(json, member->inside);
	}
	jsonout_close(json, '}');
}

static void
properties(struct jsonout *json, const struct member *members)
{
	for (; members->name; members++)
		one_member(json, members);
}

static void
dump(const struct schema *schema)
{
	struct jsonout json = jsonout_to(stdout);
	char title[64];

	snprintf(title, sizeof(title), "gatehouse %s --format json", schema->name);
	jsonout_open(&json, NULL, '{');
	jsonout_text(&json, "$schema", "http://json-schema.org/draft-07/schema#");
	jsonout_text(&json, "title", title);
	jsonout_text(&json, "type", "object");
	jsonout_open(&json, "required", '[');
	names(&json, schema->members);
	for (const struct list *list = schema->lists; list->name && !schema->one_list; list++)
		jsonout_text(&json, NULL, list->name);
	jsonout_close(&json, ']');
	jsonout_open(&json, "properties", '{');
	properties(&json, schema->members);
	for (const struct list *list = schema->lists; list->name; list++) {
		jsonout_open(&json, list->name, '{');
		jsonout_text(&json, "type", "array");
		reference(&json, list->set);
		jsonout_close(&json, '}');
	}
	jsonout_close(&json, '}');
	jsonout_open(&json, "definitions", '{');
	for (const struct column_set *const *set = schema->sets; *set; set++)
		one_set(&json, *set);
	jsonout_close(&json, '}');
	jsonout_close(&json, '}');
}

int
main(int argc, char **argv)
{
	for (size_t i = 0; i < COUNT_OF(schemas); i++)
		if (argc == 2 && strcmp(argv[1], schemas[i].name) == 0) {
			dump(&schemas[i]);
			return 0;
		}
	fprintf(stderr, "usage: schemadump audit|baseline|explain|processes|sockets|starts\n");
	return 2;
}
