/* Columns of a finding, of its remedies, and of a diagnostic. */
#include "report/columns.h"

#define TEXT(field)                                                                                \
	static void get_##field(struct report_ctx *ctx, const void *record, struct cell *ret)      \
	{                                                                                          \
		ret->text = ((const struct finding *)record)->field;                               \
		ret->null = !ret->text;                                                            \
	}

TEXT(id)
TEXT(rule)
TEXT(service)
TEXT(title)
TEXT(reason)
TEXT(exception)

static void
get_severity(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = severity_name(((const struct finding *)record)->severity);
}

static void
get_verdict(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = verdict_name(((const struct finding *)record)->verdict);
}

/* Places in the report are counted from 0; a subject that is not in it is null. */
static void
set_place(const struct map *map, const void *subject, struct cell *ret)
{
	uintptr_t at = subject ? (uintptr_t)map_get(map, (uintptr_t)subject) : 0;

	ret->null = at == 0;
	ret->number = (int64_t)at - 1;
}

static void
get_listener(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	set_place(&ctx->listener_at, ((const struct finding *)record)->listener, ret);
}

static void
get_start(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	set_place(&ctx->start_at, ((const struct finding *)record)->start, ret);
}

static void
get_evidence(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->texts = ((const struct finding *)record)->evidence;
}

static void
get_remedies(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	const struct finding *finding = record;

	ret->row = (const char *)finding->remedies;
	ret->n = finding->n_remedies;
	ret->stride = sizeof(*finding->remedies);
}

static void
get_same(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->number = ((const struct finding *)record)->same;
}

static const struct column finding_columns[] = {
	{"id", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL,
	 "stable name: the same finding has it on every run", get_id},
	{"rule", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "rule that says so", get_rule},
	{"severity", "SEVERITY", COLUMN_TEXT, 0, "info|low|medium|high|critical", NULL,
	 "how bad it is", get_severity},
	{"verdict", "VERDICT", COLUMN_TEXT, 0, "keep|remove|disable|localize|restrict|confine",
	 NULL, "what should become of its subject", get_verdict},
	{"service", "SERVICE", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL,
	 "name in the catalog", get_service},
	{"listener", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "index of listeners",
	 get_listener},
	{"start", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "index of starts", get_start},
	{"title", "TITLE", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL, "one line",
	 get_title},
	{"reason", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "why", get_reason},
	{"evidence", NULL, COLUMN_TEXTS, 0, NULL, NULL, "what was seen", get_evidence},
	{"remedies", NULL, COLUMN_ROWS, 0, NULL, &columns_remedy, "ways out, best first",
	 get_remedies},
	{"exception", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL,
	 "the policy's words, when an exception covers it", get_exception},
	{"same", NULL, COLUMN_NUMBER, 0, NULL, NULL, "further subjects it stands for", get_same},
	{NULL},
};

const struct column_set columns_finding = {"finding", "a judged fact", finding_columns};

static void
get_kind(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = remedy_kind_name(((const struct remedy_text *)record)->kind);
}

static void
get_remedy(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = ((const struct remedy_text *)record)->text;
	ret->null = !ret->text;
}

static const struct column remedy_columns[] = {
	{"kind", "REMEDY", COLUMN_TEXT, 0, "remove|disable|localize|restrict|confine", NULL,
	 "kind of remedy", get_kind},
	{"text", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "what to do", get_remedy},
	{NULL},
};

const struct column_set columns_remedy = {"remedy", "a way out", remedy_columns};

#define DIAG const struct diag *d = record

static void
get_level(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	DIAG;
	ret->text = diag_level_name(d->level);
}

static void
get_file(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	DIAG;
	ret->text = d->file;
	ret->null = !d->file;
}

static void
get_line(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	DIAG;
	ret->number = d->line;
	ret->null = d->line == 0;
}

static void
get_col(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	DIAG;
	ret->number = d->col;
	ret->null = d->col == 0;
}

static void
get_text(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	DIAG;
	ret->text = d->text;
}

static const struct column diag_columns[] = {
	{"level", NULL, COLUMN_TEXT, 0, "note|warning|error|unseen", NULL,
	 "how bad; unseen: could not be looked at", get_level},
	{"file", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "file it is about", get_file},
	{"line", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "line", get_line},
	{"column", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "column", get_col},
	{"text", NULL, COLUMN_TEXT, 0, NULL, NULL, "one sentence", get_text},
	{NULL},
};

const struct column_set columns_diag = {"diagnostic", "something wrong or not seen", diag_columns};
