/* Rule: every listener that should not stay as it is, and every exception that lets one stay. */
#include "base/span.h"
#include "judge/judge.h"

static const char *
what_it_is(struct judge_ctx *ctx, const struct listener *listener, const struct judge_listener *of)
{
	if (listener->service)
		return listener->service;
	if (listener->n_owners)
		return listener->owners[0].process->comm;
	if (of->entry)
		return arena_printf(ctx->audit->arena, "%s?", of->entry->name);
	return "unknown";
}

static void
evidence(struct judge_ctx *ctx, struct finding *finding, const struct listener *listener)
{
	char addr[NET_ADDR_TEXT];

	judge_evidence(ctx, finding, "listens on %s %s port %u: %s",
		       net_proto_name(listener->proto), net_addr_text(&listener->addr, addr),
		       listener->port, listener->reach_why);
	for (uint32_t i = 0; i < listener->n_starts; i++)
		judge_evidence(
			ctx, finding, "%s %s, %s (%s)%s", listener->starts[i].start->mechanism,
			listener->starts[i].start->name,
			judge_place(ctx, listener->starts[i].start), listener->starts[i].evidence,
			listener->starts[i].guess ? ", a guess" : "");
	if (!listener->n_starts && listener->no_start)
		judge_evidence(ctx, finding, "%s", listener->no_start);
}

static void
judge_one(struct judge_ctx *ctx, const struct listener *listener, const struct judge_listener *of)
{
	struct judge_door door = {.entry = of->entry,
				  .guess = of->guess,
				  .need = of->need,
				  .reach = listener->reach,
				  .root = of->root,
				  .local = !net_proto_is_inet(listener->proto)};
	struct judge_answer answer = {listener->verdict, listener->reason, of->unsaid};
	const char *name = what_it_is(ctx, listener, of);
	enum severity severity = judge_severity(&door, &answer);
	struct finding *finding;
	bool is_new;

	finding = judge_finding(ctx, "listener",
				arena_printf(ctx->audit->arena, "%s/%s/%u/%s", name,
					     net_proto_name(listener->proto), listener->port,
					     reach_name(listener->reach)),
				&is_new);
	if (is_new || severity > finding->severity)
		finding->severity = severity;
	if (is_new) {
		finding->verdict = listener->verdict;
		finding->service = listener->service;
		finding->listener = listener;
		finding->reason = listener->reason;
		finding->title = arena_printf(ctx->audit->arena, "%s on port %u/%s", name,
					      listener->port, net_proto_name(listener->proto));
		if (of->need && of->need->exception)
			finding->exception = of->need->reason ? of->need->reason : "recorded";
	}
	evidence(ctx, finding, listener);
	judge_remedies(ctx, finding, of->guess ? NULL : of->entry, listener, NULL);
}

static void
judge(struct judge_ctx *ctx)
{
	for (size_t i = 0; i < ctx->audit->listeners.n; i++) {
		const struct listener *listener = ctx->audit->listeners.v[i];
		const struct judge_listener *of = &ctx->of[i];

		if (listener->peer.family || listener->owners_state == OWNERS_GONE)
			continue;
		if (listener->verdict != VERDICT_KEEP || (of->need && of->need->exception))
			judge_one(ctx, listener, of);
	}
}

const struct judge_rule judge_rule_listener = {
	.name = "listener",
	.doc = "A listener that is not needed, or reachable from further than it should be",
	.judge = judge,
};
