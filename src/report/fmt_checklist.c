/* Checklist: the eight general tasks, one line each, for every service that is kept (POL-6). */
#include <errno.h>

#include "report/guards.h"
#include "report/safe.h"
#include "report/summary.h"

static void
one_service(struct report_ctx *ctx, const struct listener *listener)
{
	const struct guard *tasks = guards_tasks(ctx, listener);
	FILE *out = ctx->options->out;

	fprintf(out, "\n%s %s %s\n",
		safe_text(ctx->arena, listener->service ? listener->service : "unknown"),
		show_proto(ctx, listener), safe_text(ctx->arena, show_local(ctx, listener, true)));
	for (size_t i = 0; i < GUARD_N_TASKS; i++) {
		fprintf(out, "  %zu %-27s %-14s ", i + 1, tasks[i].layer,
			guard_answer_name(tasks[i].answer));
		safe_fold(out, safe_text(ctx->arena, tasks[i].evidence), 47, ctx->options->width,
			  1);
	}
}

static int
write_checklist(const struct audit *audit, const struct report_options *options)
{
	struct report_ctx ctx;

	report_begin(&ctx, audit, options);
	summary_head(&ctx);
	for (size_t i = 0; i < audit->listeners.n; i++)
		if (summary_is_kept(audit->listeners.v[i]) &&
		    (options->all || net_proto_is_inet(audit->listeners.v[i]->proto) ||
		     audit->listeners.v[i]->reach != REACH_HOST))
			one_service(&ctx, audit->listeners.v[i]);
	report_end(&ctx);
	return ferror(options->out) ? -EIO : 0;
}

const struct report_format report_format_checklist = {
	.name = "checklist",
	.doc = "the eight general tasks for every kept service",
	.write = write_checklist,
};
