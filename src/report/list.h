/*
 * Lists: some columns of some records, as a table (libsmartcols), as JSON, or as plain lines.
 * Every command that prints a table goes through here.
 */
#ifndef REPORT_LIST_H
#define REPORT_LIST_H

#include "report/columns.h"
#include "report/jsonout.h"

struct report_list {
	const char *key; /* the list's name in JSON */
	const struct column_set *set;
	const char *const *view; /* names of columns, NULL-terminated; JSON always has all */
	const void *const *records;
	size_t n;
	/* Tables only: a second line under a record, or NULL; it starts at column indent. */
	const char *(*below)(struct report_ctx *ctx, const void *record);
	unsigned indent;
	/* Tables only: terminal colour (SGR numbers) of a record's first word, or NULL. */
	const char *(*paint)(const void *record);
};

void report_list_table(struct report_ctx *ctx, const struct report_list *list);
void report_list_plain(struct report_ctx *ctx, const struct report_list *list);
void report_list_json(struct report_ctx *ctx, struct jsonout *json, const struct report_list *list);
/* One record of any set as a JSON object. */
void report_record_json(struct report_ctx *ctx, struct jsonout *json, const char *key,
			const struct column_set *set, const void *record);

/* The whole answer of a command, in the format named: "table", "plain" or "json" (an object with
 * "schema", "host", "complete" and the list). False for an unknown format. */
bool report_list_write(struct report_ctx *ctx, const char *format, const struct report_list *list);

#endif
