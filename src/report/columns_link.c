/* Columns of a runlevel's link: its name taken apart, and where it leads (AUD-24, AUD-27). */
#include "model/link.h"
#include "report/columns.h"

#define LINK const struct sysv_link *l = record

static void
get_name(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	LINK;
	ret->text = l->name;
}

static void
get_action(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	LINK;
	ret->text = l->action == 'S' ? "start" : "stop";
}

static void
get_order(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	LINK;
	ret->text = arena_printf(ctx->arena, "%02u", l->order);
}

static void
get_service(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	LINK;
	ret->text = l->service;
}

static void
get_target(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	LINK;
	ret->text = l->target;
	ret->null = !l->target;
}

static void
get_script(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	LINK;
	ret->text = l->script;
	ret->null = !l->script;
}

static const struct column link_columns[] = {
	{"link", "LINK", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "its name", get_name},
	{"action", "ACTION", COLUMN_TEXT, 0, "start|stop", NULL, "S or K", get_action},
	{"order", "ORDER", COLUMN_TEXT, 0, NULL, NULL, "two digits", get_order},
	{"service", "SERVICE", COLUMN_TEXT, COLUMN_FOLD, NULL, NULL, "name", get_service},
	{"target", "TARGET", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL, "text of the link",
	 get_target},
	{"script", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "what it leads to", get_script},
	{NULL},
};

const struct column_set columns_link = {"link", "a link of a runlevel", link_columns};
