/* Columns of a baseline's row and of a change between two baselines. */
#include "report/baseline.h"
#include "report/columns.h"

static void
set_text(struct cell *cell, const char *text)
{
	cell->text = text;
	cell->null = !text;
}

static void
set_number(struct cell *cell, uint32_t number)
{
	cell->number = number;
	cell->null = number == 0;
}

/* The row a change is about: as it is now, or as it was when it is gone. */
static const struct baseline_row *
changed(const void *record)
{
	const struct baseline_change *change = record;

	return change->new ? change->new : change->old;
}

#define GETTERS(prefix, row)                                                                       \
	static void prefix##_protocol(struct report_ctx *ctx, const void *record,                  \
				      struct cell *ret)                                            \
	{                                                                                          \
		set_text(ret, (row)->protocol);                                                    \
	}                                                                                          \
	static void prefix##_class(struct report_ctx *ctx, const void *record, struct cell *ret)   \
	{                                                                                          \
		set_text(ret, (row)->class);                                                       \
	}                                                                                          \
	static void prefix##_port(struct report_ctx *ctx, const void *record, struct cell *ret)    \
	{                                                                                          \
		set_number(ret, (row)->port);                                                      \
	}                                                                                          \
	static void prefix##_service(struct report_ctx *ctx, const void *record, struct cell *ret) \
	{                                                                                          \
		set_text(ret, (row)->service);                                                     \
	}                                                                                          \
	static void prefix##_by(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		set_text(ret, (row)->by);                                                          \
	}                                                                                          \
	static void prefix##_count(struct report_ctx *ctx, const void *record, struct cell *ret)   \
	{                                                                                          \
		set_number(ret, (row)->count);                                                     \
	}

GETTERS(row, (const struct baseline_row *)record)
GETTERS(change, changed(record))

#define COLUMNS(prefix)                                                                            \
	{"protocol",       "PROTO", COLUMN_TEXT, 0, NULL, NULL, "tcp, udp, ..., 6 for IPv6",       \
	 prefix##_protocol},                                                                       \
		{"class",                                                                          \
		 "CLASS",                                                                          \
		 COLUMN_TEXT,                                                                      \
		 COLUMN_NULL,                                                                      \
		 NULL,                                                                             \
		 NULL,                                                                             \
		 "class of the address: any, loopback, ...",                                       \
		 prefix##_class},                                                                  \
		{"port",                                                                           \
		 "PORT",                                                                           \
		 COLUMN_NUMBER,                                                                    \
		 COLUMN_NULL | COLUMN_RIGHT,                                                       \
		 NULL,                                                                             \
		 NULL,                                                                             \
		 "port; null when assigned at run time",                                           \
		 prefix##_port},                                                                   \
		{"service", "SERVICE", COLUMN_TEXT,      COLUMN_NULL | COLUMN_FOLD,                \
		 NULL,      NULL,      "what it offers", prefix##_service},                        \
		{"by",                                                                             \
		 "BY",                                                                             \
		 COLUMN_TEXT,                                                                      \
		 COLUMN_NULL | COLUMN_FOLD,                                                        \
		 NULL,                                                                             \
		 NULL,                                                                             \
		 "unit, start record, package or program",                                         \
		 prefix##_by},                                                                     \
	{                                                                                          \
		"count", "SOCKETS", COLUMN_NUMBER, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL,         \
			"how many", prefix##_count                                                 \
	}

static const struct column row_columns[] = {
	COLUMNS(row),
	{NULL},
};

const struct column_set columns_baseline = {"row", "what listens, without passing facts",
					    row_columns};

static void
change_kind(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	static const char *const names[] = {
		[BASELINE_ADDED] = "added",
		[BASELINE_REMOVED] = "removed",
		[BASELINE_CHANGED] = "changed",
	};

	ret->text = names[((const struct baseline_change *)record)->kind];
}

/* Of a changed row: what it was before, as far as that differs. */
static void
change_was(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	const struct baseline_change *change = record;
	const char *text = "";

	ret->null = change->kind != BASELINE_CHANGED;
	if (ret->null)
		return;
	if (!text_is(change->old->service, change->new->service))
		text = change->old->service ? change->old->service : "unknown";
	if (!text_is(change->old->by, change->new->by))
		text = arena_printf(ctx->arena, "%s%s%s", text, *text ? " by " : "by ",
				    change->old->by ? change->old->by : "unknown");
	if (change->old->count != change->new->count)
		text = arena_printf(ctx->arena, "%s%s%u socket%s", text, *text ? ", " : "",
				    change->old->count, change->old->count == 1 ? "" : "s");
	ret->text = text;
}

static const struct column change_columns[] = {
	{"change", "CHANGE", COLUMN_TEXT, 0, "added|removed|changed", NULL, "what happened to it",
	 change_kind},
	COLUMNS(change),
	{"was", "WAS", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "of a changed row: how it was before", change_was},
	{NULL},
};

const struct column_set columns_change = {"change", "a difference to the baseline", change_columns};
