/*
 * Columns: what a report can say about a listener, start record, finding or process. One row
 * per column, used by the tables, by JSON and by the schema (data/schema/) alike: adding a
 * column is adding one row to columns_<record>.c.
 */
#ifndef REPORT_COLUMNS_H
#define REPORT_COLUMNS_H

#include "base/map.h"
#include "report/report.h"

enum column_type {
	COLUMN_TEXT,
	COLUMN_NUMBER,
	COLUMN_BOOL,
	COLUMN_TEXTS,   /* list of texts */
	COLUMN_NUMBERS, /* list of numbers */
	COLUMN_ROWS,    /* list of records of another set */
	COLUMN_N_TYPES
};

enum {
	COLUMN_NULL = 1,  /* may be null */
	COLUMN_RIGHT = 2, /* numbers: to the right in tables */
	COLUMN_SHOWN = 4, /* made for people: not in JSON */
	COLUMN_FOLD = 8   /* long texts: may go on in the next line of a narrow table */
};

struct column_set;

/* A value. Tables print text; other types have a text form of their own (column_text). */
struct cell {
	bool null;
	const char *text;
	int64_t number;
	bool yes;
	const char *const *texts;
	const int64_t *numbers;
	const char *row; /* first record of a COLUMN_ROWS */
	size_t n, stride;
};

struct report_ctx {
	const struct audit *audit;
	const struct report_options *options;
	struct arena *arena; /* for texts made on the way; given back with the report */
	struct map listener_at, start_at; /* record -> its place in the report + 1 */
	struct map same;                  /* listener -> what its row in a table stands for */
};

struct column {
	const char *name;   /* JSON key, name in views */
	const char *header; /* heading in tables; NULL = never in a table */
	enum column_type type;
	unsigned flags;
	const char *values;            /* "tcp|udp|...": all a text can be, or NULL */
	const struct column_set *rows; /* of COLUMN_ROWS */
	const char *doc;
	void (*get)(struct report_ctx *ctx, const void *record, struct cell *ret);
};

struct column_set {
	const char *name; /* "listener" */
	const char *doc;
	const struct column *columns; /* ends with a NULL name */
};

extern const struct column_set columns_listener, columns_start, columns_finding, columns_process;
extern const struct column_set columns_owner, columns_cause, columns_remedy, columns_diag;
extern const struct column_set columns_guard, columns_baseline, columns_change, columns_link;
extern const struct column_set columns_served, columns_refusal, columns_session;

/* One descriptor of one process on one socket, as lsof lists them (AUD-10). */
struct holder {
	const struct listener *listener;
	const struct listener_owner *owner; /* NULL: none is visible */
};
extern const struct column_set columns_holder;

const struct column *column_find(const struct column_set *set, const char *name);
/* The cell as one safe line of text, "" when it is null. */
const char *column_text(struct report_ctx *ctx, const struct column *column, const void *record);

/* Makes and ends what getters need. */
void report_begin(struct report_ctx *ctx, const struct audit *audit,
		  const struct report_options *options);
void report_end(struct report_ctx *ctx);

/* Shared by getters and formats: short texts about a listener. ------------------------- */

const char *show_proto(struct report_ctx *ctx, const struct listener *listener); /* "tcp6" */
/* "127.0.0.1:23", "[::1]:23", "*:23" (short) or "0.0.0.0:23"; a unix socket's path. */
const char *show_local(struct report_ctx *ctx, const struct listener *listener, bool brief);
const char *show_peer(struct report_ctx *ctx, const struct listener *listener);
const char *show_state(const struct listener *listener);
const char *show_owner(struct report_ctx *ctx, const struct listener *listener);
const char *show_program(const struct process *process); /* "sshd" */
const char *show_started(struct report_ctx *ctx, const struct listener *listener);
const char *show_place(struct report_ctx *ctx, const struct start *start); /* file:line */
const char *show_time(struct report_ctx *ctx, int64_t when);

#endif
