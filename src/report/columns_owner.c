/* Columns of the records inside a listener: an owner, a cause, a guard. */
#include "report/columns.h"
#include "report/guards.h"

#define OWNER const struct listener_owner *o = record
#define CAUSE const struct listener_start *c = record
#define GUARD const struct guard *g = record

static void
set_text(struct cell *cell, const char *text)
{
	cell->text = text;
	cell->null = !text;
}

static void
get_pid(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	ret->number = o->process->pid;
}

static void
get_exe(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	set_text(ret, o->process->exe);
}

static void
get_user(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	set_text(ret, o->process->user);
}

static void
get_title(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	set_text(ret, o->process->title);
}

static void
get_comm(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	set_text(ret, o->process->comm);
}

static void
get_deleted(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	ret->yes = o->process->exe_deleted;
}

static void
get_package(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	set_text(ret, o->process->package);
}

static void
get_fd(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	OWNER;
	ret->number = o->fd;
	ret->null = o->fd < 0;
}

static const struct column owner_columns[] = {
	{"pid", "PID", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "process", get_pid},
	{"exe", "PROGRAM", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "path of the running program", get_exe},
	{"user", "USER", COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "account it runs under", get_user},
	{"title", "TITLE", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "command line as ps shows it", get_title},
	{"comm", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "short name the kernel keeps",
	 get_comm},
	{"exe_deleted", NULL, COLUMN_BOOL, 0, NULL, NULL,
	 "the program's file was removed or replaced since it started", get_deleted},
	{"package", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "package that owns the program",
	 get_package},
	{"fd", "FD", COLUMN_NUMBER, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL, "descriptor", get_fd},
	{NULL},
};

const struct column_set columns_owner = {"owner", "a process that holds a socket", owner_columns};

static void
get_start(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	CAUSE;
	ret->number = (int64_t)(uintptr_t)map_get(&ctx->start_at, (uintptr_t)c->start) - 1;
}

static void
get_evidence(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	CAUSE;
	set_text(ret, c->evidence);
}

static void
get_guess(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	CAUSE;
	ret->yes = c->guess;
}

static const struct column cause_columns[] = {
	{"start", NULL, COLUMN_NUMBER, 0, NULL, NULL, "index of starts", get_start},
	{"evidence", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "why it is taken to be the cause",
	 get_evidence},
	{"guess", NULL, COLUMN_BOOL, 0, NULL, NULL, "plausible, not proven", get_guess},
	{NULL},
};

const struct column_set columns_cause = {"cause", "what starts a listener", cause_columns};

static void
get_layer(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	GUARD;
	ret->text = g->layer;
}

static void
get_answer(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	GUARD;
	ret->text = guard_answer_name(g->answer);
}

static void
get_guard_evidence(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	GUARD;
	ret->text = g->evidence;
}

static const struct column guard_columns[] = {
	{"layer", "LAYER", COLUMN_TEXT, 0, "address|source rules|packet filter|jail|account", NULL,
	 "layer of protection", get_layer},
	{"in_force", "IN FORCE", COLUMN_TEXT, 0, "yes|no|unknown|not applicable", NULL,
	 "whether it is there", get_answer},
	{"evidence", "EVIDENCE", COLUMN_TEXT, 0, NULL, NULL, "how that is known",
	 get_guard_evidence},
	{NULL},
};

const struct column_set columns_guard = {"guard", "a layer that protects a listener",
					 guard_columns};
