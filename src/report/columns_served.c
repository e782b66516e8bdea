/* Columns of what gatehoused serves: services, refusals, sessions. */
#include "model/served.h"
#include "report/columns.h"

#define SERVED const struct served *s = record
#define SESSION const struct served_session *s = record

static void
get_service(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->text = s->id;
}

static void
get_state(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->text = s->state;
}

static void
get_kind(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->text = s->kind;
	ret->null = !s->kind;
}

static void
get_file(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->text = s->file;
	ret->null = !s->file;
}

static void
get_line(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->number = s->line;
	ret->null = !s->line;
}

static void
get_listeners(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->texts = s->listeners;
	ret->n = s->n_listeners;
}

static void
get_worker(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->number = s->worker;
	ret->null = !s->worker;
}

static void
count(const struct served *s, const char *name, struct cell *ret)
{
	ret->null = true;
	for (size_t i = 0; i < s->n_counts; i++)
		if (text_is(s->counts[i].name, name)) {
			ret->number = s->counts[i].count;
			ret->null = false;
		}
}

#define COUNT(word)                                                                                \
	static void get_##word(struct report_ctx *ctx, const void *record, struct cell *ret)       \
	{                                                                                          \
		count(record, #word, ret);                                                         \
	}

COUNT(sessions)
COUNT(accepted)
COUNT(started)
COUNT(ended)
COUNT(failed)
COUNT(refused)
COUNT(bytes_in)
COUNT(bytes_out)
COUNT(cpu_us)
COUNT(lost_records)

static void
get_reason(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = ((const struct served_count *)record)->name;
}

static void
get_count(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->number = ((const struct served_count *)record)->count;
}

static void
get_refusals(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SERVED;
	ret->row = (const char *)s->refusals;
	ret->n = s->n_refusals;
	ret->stride = sizeof(*s->refusals);
}

static const struct column refusal_columns[] = {
	{"reason", "REASON", COLUMN_TEXT, 0, NULL, NULL, "why", get_reason},
	{"count", "COUNT", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "how often", get_count},
	{NULL},
};
const struct column_set columns_refusal = {"refusal", "why connections were refused",
					   refusal_columns};

enum { NUMBER = COLUMN_RIGHT | COLUMN_NULL };

static const struct column served_columns[] = {
	{"service", "SERVICE", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "its id", get_service},
	{"state", "STATE", COLUMN_TEXT, 0, "idle|active|failing|closed|draining", NULL,
	 "what it does now", get_state},
	{"kind", "KIND", COLUMN_TEXT, COLUMN_NULL, "program|builtin|redirect|tcpmux|sensor", NULL,
	 "what serves; null: no longer configured", get_kind},
	{"listeners", "LISTENS", COLUMN_TEXTS, COLUMN_FOLD, NULL, NULL, "addresses and ports",
	 get_listeners},
	{"file", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "where it is configured", get_file},
	{"line", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "in that file", get_line},
	{"worker", "WORKER", COLUMN_NUMBER, NUMBER, NULL, NULL, "process that accepts", get_worker},
	{"sessions", "NOW", COLUMN_NUMBER, NUMBER, NULL, NULL, "sessions now", get_sessions},
	{"accepted", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "connections taken", get_accepted},
	{"started", "STARTED", COLUMN_NUMBER, NUMBER, NULL, NULL, "sessions begun", get_started},
	{"ended", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "sessions over", get_ended},
	{"failed", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "could not be started", get_failed},
	{"refused", "REFUSED", COLUMN_NUMBER, NUMBER, NULL, NULL, "connections not served",
	 get_refused},
	{"refusals", NULL, COLUMN_ROWS, 0, NULL, &columns_refusal, "by reason", get_refusals},
	{"bytes_in", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "from clients", get_bytes_in},
	{"bytes_out", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "to clients", get_bytes_out},
	{"cpu_us", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "processor time of sessions",
	 get_cpu_us},
	{"lost_records", NULL, COLUMN_NUMBER, NUMBER, NULL, NULL, "lines that were not logged",
	 get_lost_records},
	{NULL},
};
const struct column_set columns_served = {"served", "a service of a running gatehoused",
					  served_columns};

static void
get_session(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->text = s->name;
}

static void
get_session_service(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->text = s->service;
}

static void
get_peer(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->text = s->peer;
}

static void
get_user(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->text = s->user;
	ret->null = !s->user;
}

static void
get_pid(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->number = s->pid;
	ret->null = !s->pid;
}

static void
get_begun(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->text = show_time(ctx, s->started);
}

static void
get_session_state(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	SESSION;
	ret->text = s->state;
}

static const struct column session_columns[] = {
	{"session", "SESSION", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "its name for kill",
	 get_session},
	{"service", NULL, COLUMN_TEXT, 0, NULL, NULL, "id of the service", get_session_service},
	{"peer", "CLIENT", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "address and port", get_peer},
	{"user", "USER", COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "as ident says", get_user},
	{"pid", "PID", COLUMN_NUMBER, NUMBER, NULL, NULL, "null: served by the worker", get_pid},
	{"started", "SINCE", COLUMN_TEXT, 0, NULL, NULL, "when it began", get_begun},
	{"state", "STATE", COLUMN_TEXT, 0, "running|asking", NULL,
	 "asking: waits for a name or user", get_session_state},
	{NULL},
};
const struct column_set columns_session = {"session", "a session of a running gatehoused",
					   session_columns};
