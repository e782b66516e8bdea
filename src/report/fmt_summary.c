/* Summary: less than a page for those who decide (GEN-6). */
#include <errno.h>

#include "report/safe.h"
#include "report/summary.h"

/* Titles shown; the rest are counted. */
#define WORST 10

static void
count_by_verdict(struct report_ctx *ctx)
{
	size_t count[VERDICT_N] = {0};

	for (size_t i = 0; i < ctx->audit->listeners.n; i++)
		count[ctx->audit->listeners.v[i]->verdict]++;
	fputs("\nListeners by what should become of them:\n", ctx->options->out);
	for (int v = VERDICT_N - 1; v >= 0; v--)
		if (count[v])
			fprintf(ctx->options->out, "  %-9s %5zu\n", verdict_name((enum verdict)v),
				count[v]);
}

static void
worst_findings(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;
	FILE *out = ctx->options->out;
	size_t n = audit->findings.n;

	fputs(n ? "\nWhat to do first:\n" : "\nNothing needs to be done.\n", out);
	for (size_t i = 0; i < n && i < WORST; i++) {
		fprintf(out, "  %-9s ", severity_name(audit->findings.v[i]->severity));
		safe_fold(out, safe_text(ctx->arena, audit->findings.v[i]->title), 12,
			  ctx->options->width, 1);
	}
	if (n > WORST)
		fprintf(out, "  and %zu more\n", n - WORST);
}

static int
write_summary(const struct audit *audit, const struct report_options *options)
{
	struct report_ctx ctx;

	report_begin(&ctx, audit, options);
	summary_head(&ctx);
	if (audit->live)
		count_by_verdict(&ctx);
	worst_findings(&ctx);
	report_end(&ctx);
	return ferror(options->out) ? -EIO : 0;
}

const struct report_format report_format_summary = {
	.name = "summary",
	.doc = "less than a page, for those who decide",
	.write = write_summary,
};
