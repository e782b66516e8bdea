#include "report/summary.h"

#include "report/safe.h"

const char *
summary_severities(struct arena *arena, const struct audit *audit)
{
	size_t count[SEVERITY_N] = {0}, exceptions = 0;
	const char *text = NULL;

	for (size_t i = 0; i < audit->findings.n; i++)
		if (audit->findings.v[i]->exception)
			exceptions++;
		else
			count[audit->findings.v[i]->severity]++;
	for (int s = SEVERITY_N - 1; s >= 0; s--)
		if (count[s])
			text = arena_printf(arena, "%s%s%zu %s", text ? text : "", text ? ", " : "",
					    count[s], severity_name((enum severity)s));
	if (exceptions)
		text = arena_printf(arena, "%s%s%zu by exception", text ? text : "",
				    text ? ", " : "", exceptions);
	return text ? text : "none";
}

bool
summary_is_kept(const struct listener *listener)
{
	return listener->verdict == VERDICT_KEEP || listener->verdict == VERDICT_RESTRICT ||
	       listener->verdict == VERDICT_CONFINE;
}

size_t
summary_hidden(const struct audit *audit)
{
	size_t n = 0;

	for (size_t i = 0; i < audit->listeners.n; i++)
		n += audit->listeners.v[i]->owners_state == OWNERS_HIDDEN;
	return n;
}

static size_t
count_orphans(const struct audit *audit)
{
	size_t n = 0;

	for (size_t i = 0; i < audit->listeners.n; i++)
		n += audit->listeners.v[i]->orphan;
	return n;
}

static void
say(struct report_ctx *ctx, const char *text)
{
	safe_fold(ctx->options->out, safe_text(ctx->arena, text), 0, ctx->options->width, 0);
}

static void
say_runlevel(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;

	if (!audit->runlevel && !audit->default_runlevel)
		return;
	say(ctx, arena_printf(ctx->arena, "runlevel %s%s%s%s%s",
			      audit->runlevel ? audit->runlevel : "unknown",
			      audit->runlevel ? ", before " : "",
			      !audit->runlevel           ? ""
			      : audit->previous_runlevel ? audit->previous_runlevel
							 : "none",
			      audit->default_runlevel ? ", default " : "",
			      audit->default_runlevel ? audit->default_runlevel : ""));
}

static void
say_unseen(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;
	size_t unseen = audit->diags.count[DIAG_UNSEEN], shown = 0;
	bool all = ctx->options->verbose || unseen <= 3;

	if (unseen == 0)
		return;
	say(ctx, arena_printf(ctx->arena, "NOT EVERYTHING COULD BE SEEN: %zu thing%s left out%s",
			      unseen, unseen == 1 ? "" : "s", all ? ":" : ", the first of them:"));
	for (size_t i = 0; i < audit->diags.n && (all || shown < 3); i++)
		if (audit->diags.v[i].level == DIAG_UNSEEN) {
			safe_fold(ctx->options->out,
				  safe_text(ctx->arena, diag_line(ctx->arena, &audit->diags.v[i])),
				  2, ctx->options->width, 0);
			shown++;
		}
}

void
summary_head(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;
	const struct report_options *options = ctx->options;
	const char *host = safe_text(ctx->arena, audit->host ? audit->host : "this machine");

	fprintf(options->out, options->colour ? "\033[1m%s\033[0m  %s%s%s\n" : "%s  %s%s%s\n", host,
		show_time(ctx, audit->now), audit->init ? "  init " : "",
		safe_text(ctx->arena, audit->init));
	if (audit->live)
		say(ctx, arena_printf(ctx->arena,
				      "%zu listener%s, %u reachable from outside; findings: %s",
				      audit->listeners.n, audit->listeners.n == 1 ? "" : "s",
				      audit->reachable, summary_severities(ctx->arena, audit)));
	else
		say(ctx, arena_printf(ctx->arena,
				      "files below %s: %zu start records; findings: %s "
				      "(sockets are not looked at)",
				      audit->root, audit->starts.n,
				      summary_severities(ctx->arena, audit)));
	say_runlevel(ctx);
	say_unseen(ctx);
}

void
summary_hints(struct report_ctx *ctx)
{
	const struct audit *audit = ctx->audit;
	size_t hidden = summary_hidden(audit), orphans = count_orphans(audit);
	size_t wrong = audit->diags.count[DIAG_ERROR] + audit->diags.count[DIAG_WARNING];

	if (hidden || orphans || wrong || audit->findings.n)
		fputc('\n', ctx->options->out);
	if (hidden)
		say(ctx, arena_printf(ctx->arena,
				      "not visible: who holds %zu socket%s of other accounts%s",
				      hidden, hidden == 1 ? "" : "s",
				      audit->root_asked ? "; not even root may see it here"
							: "; run as root to see"));
	if (orphans)
		say(ctx,
		    arena_printf(ctx->arena,
				 "gone after a reboot: %zu socket%s; nothing that is enabled "
				 "opens %s again",
				 orphans, orphans == 1 ? "" : "s", orphans == 1 ? "it" : "them"));
	if (wrong && !ctx->options->verbose)
		say(ctx, arena_printf(ctx->arena,
				      "%zu remark%s on configuration files (--verbose shows %s)",
				      wrong, wrong == 1 ? "" : "s", wrong == 1 ? "it" : "them"));
	if (audit->findings.n)
		say(ctx, "gatehouse explain NAME tells more about a service");
}
