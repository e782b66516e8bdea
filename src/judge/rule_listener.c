/* Rule: every listener that should not stay as it is, and every exception that lets one stay. */
#include "base/span.h"
#include "judge/judge.h"

/* Sockets whose evidence a finding spells out; of the rest the number is told. */
#define SHOWN 16

/* Held by one program for another: then the line is what there is to name. */
static const struct start *
held_for(const struct listener *listener)
{
	return listener->n_starts && listener->starts[0].start->listens_itself
		       ? listener->starts[0].start
		       : NULL;
}

static const char *
what_it_is(struct judge_ctx *ctx, const struct listener *listener, const struct judge_listener *of)
{
	if (listener->service)
		return listener->service;
	if (held_for(listener))
		return held_for(listener)->name;
	if (listener->n_owners)
		return listener->owners[0].process->comm;
	if (of->entry)
		return arena_printf(ctx->audit->arena, "%s?", of->entry->name);
	return "unknown";
}

/* One finding for all ports of a service, or of an unknown program, with the same reach. */
static const char *
key_of(struct judge_ctx *ctx, const struct listener *listener, const struct judge_listener *of)
{
	const char *name = what_it_is(ctx, listener, of);

	if (!listener->service && !held_for(listener) && listener->n_owners &&
	    listener->owners[0].process->exe)
		name = listener->owners[0].process->exe;
	else if (!listener->service && !listener->n_owners)
		name = arena_printf(ctx->audit->arena, "%s/%s/%u", name,
				    net_proto_name(listener->proto), listener->port);
	return arena_printf(ctx->audit->arena, "%s/%s/%s", name, reach_name(listener->reach),
			    verdict_name(listener->verdict));
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

static const char *
title_of(struct judge_ctx *ctx, const char *name, const struct listener *listener)
{
	/* The findings of one service differ in this. */
	static const char *const only[REACH_N] = {
		[REACH_HOST] = ", for this host only",
		[REACH_LINK] = ", for neighbours on the link",
		[REACH_PRIVATE] = ", for private networks",
		[REACH_ANYONE] = "",
		[REACH_UNKNOWN] = "",
	};

	if (net_proto_is_unix(listener->proto))
		return arena_printf(ctx->audit->arena, "%s on %s", name,
				    listener->path ? listener->path : "an unnamed socket");
	if (!net_proto_has_port(listener->proto))
		return arena_printf(ctx->audit->arena, "%s with a %s socket", name,
				    net_proto_name(listener->proto));
	return arena_printf(ctx->audit->arena, "%s on port %u/%s%s", name, listener->port,
			    net_proto_name(listener->proto), only[listener->reach]);
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

	finding = judge_finding(ctx, "listener", key_of(ctx, listener, of), &is_new);
	if (is_new || severity > finding->severity)
		finding->severity = severity;
	if (is_new) {
		finding->verdict = listener->verdict;
		finding->service = listener->service;
		finding->listener = listener;
		finding->reason = listener->reason;
		finding->title = title_of(ctx, name, listener);
		if (of->need && of->need->exception)
			finding->exception = of->need->reason ? of->need->reason : "recorded";
	}
	if (finding->same >= SHOWN)
		return;
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
