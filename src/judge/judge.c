/* The driver: judges every listener, runs the rules, orders the findings. See judge.h. */
#include "judge/judge.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/span.h"
#include "base/vec.h"

/* For rules ---------------------------------------------------------------------------- */

struct finding *
judge_finding(struct judge_ctx *ctx, const char *rule, const char *key, bool *ret_new)
{
	struct audit *audit = ctx->audit;
	const char *id = arena_printf(audit->arena, "%s/%s", rule, key);
	struct finding *finding = map_get_text(&ctx->findings, id);

	*ret_new = !finding;
	if (finding) {
		finding->same++;
		return finding;
	}
	finding = arena_alloc(audit->arena, sizeof(*finding));
	finding->id = id;
	finding->rule = rule;
	vec_push(audit->arena, &audit->findings, finding);
	map_put_text(&ctx->findings, id, finding);
	return finding;
}

/* A deleted program may run ten thousand times: what one finding tells of it has an end. */
#define MOST_LINES 64u

void
judge_evidence(struct judge_ctx *ctx, struct finding *finding, const char *fmt, ...)
{
	struct arena *arena = ctx->audit->arena;
	const char **grown, *text;
	size_t n = 0;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	for (; finding->evidence && finding->evidence[n]; n++)
		if (text_is(finding->evidence[n], text))
			return;
	if (n > MOST_LINES)
		return;
	if (n == MOST_LINES)
		text = "and more like these";
	grown = arena_array(arena, n + 2, sizeof(*grown));
	for (size_t i = 0; i < n; i++)
		grown[i] = finding->evidence[i];
	grown[n] = text;
	finding->evidence = grown;
}

void
judge_remedy(struct judge_ctx *ctx, struct finding *finding, enum remedy_kind kind, const char *fmt,
	     ...)
{
	struct arena *arena = ctx->audit->arena;
	uint32_t n = finding->n_remedies, at = 0;
	struct remedy_text *grown;
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = arena_vprintf(arena, fmt, ap);
	va_end(ap);
	for (uint32_t i = 0; i < n; i++)
		if (text_is(finding->remedies[i].text, text))
			return;
	if (n > MOST_LINES)
		return;
	if (n == MOST_LINES)
		text = "and the same for others";
	while (at < n && finding->remedies[at].kind <= kind)
		at++;
	grown = arena_array(arena, (size_t)n + 1, sizeof(*grown));
	for (uint32_t i = 0; i < n; i++)
		grown[i + (i >= at)] = finding->remedies[i];
	grown[at] = (struct remedy_text){kind, text};
	finding->remedies = grown;
	finding->n_remedies++;
}

const char *
judge_place(struct judge_ctx *ctx, const struct start *start)
{
	if (start->file && start->line)
		return arena_printf(ctx->audit->arena, "%s:%u", start->file, start->line);
	if (start->file)
		return start->file;
	return arena_printf(ctx->audit->arena, "%s %s", start->mechanism, start->name);
}

bool
judge_counts(const struct finding *finding)
{
	return finding->severity > SEVERITY_INFO && !finding->exception;
}

static bool
need_covers(const struct policy_need *need, const char *service, const struct listener *listener)
{
	struct net_prefix prefix;

	if (!text_is(need->service, "*") && !text_is(need->service, service))
		return false;
	if (!listener)
		return !need->has_port || !text_is(need->service, "*");
	if (need->has_port && (need->port != listener->port || need->proto != listener->proto))
		return false;
	if (!need->address || !net_proto_is_inet(listener->proto))
		return true;
	/* "loopback", "link", "private" */
	if (text_is(need->address, net_class_name(net_addr_class(&listener->addr))))
		return true;
	return net_prefix_parse(span_of(need->address), &prefix) &&
	       net_prefix_has(&prefix, &listener->addr);
}

static bool
has_expired(const struct policy_need *need, int64_t now)
{
	struct policy_date {
		int year, month, day;
	} date;
	int64_t days;

	if (!need->expires ||
	    sscanf(need->expires, "%4d-%2d-%2d", &date.year, &date.month, &date.day) != 3)
		return false;
	/* Days since 1970 of a civil date; March is the first month, so leap days come last. */
	date.year -= date.month <= 2;
	days = 365LL * date.year + date.year / 4 - date.year / 100 + date.year / 400 +
	       (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1 - 719468;
	return now >= (days + 1) * 86400;
}

const struct policy_need *
judge_need(const struct judge_ctx *ctx, const char *service, const struct listener *listener)
{
	const struct policy *policy = &ctx->audit->policy;

	for (uint32_t i = 0; i < policy->n_needs; i++)
		if (need_covers(&policy->needs[i], service, listener) &&
		    !has_expired(&policy->needs[i], ctx->audit->now))
			return &policy->needs[i];
	return NULL;
}

/* Listeners ------------------------------------------------------------------------------ */

static bool
owned_by_root(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_owners; i++)
		if (listener->owners[i].process->uid == 0)
			return true;
	return listener->n_owners == 0 && listener->uid == 0;
}

static void
judge_listener(struct judge_ctx *ctx, struct listener *listener, struct judge_listener *of)
{
	struct judge_door door;
	struct judge_answer answer;

	of->entry = catalog_of_listener(ctx->catalog, listener, &of->guess);
	of->root = owned_by_root(listener);
	of->need = judge_need(ctx, of->entry && !of->guess ? of->entry->name : NULL, listener);
	if (of->entry && !of->guess) {
		listener->service = of->entry->name;
		listener->instead = of->entry->instead;
	}
	judge_reach(ctx->audit, listener);
	if (listener->netns && !listener->netns->self)
		listener->filter = FILTER_UNTOLD; /* each namespace has its own */
	else if (net_proto_has_port(listener->proto) && net_proto_is_inet(listener->proto))
		listener->filter = filter_passes(&ctx->audit->filter, listener->proto,
						 listener->family, (uint16_t)listener->port);
	door = (struct judge_door){
		.entry = of->entry,
		.guess = of->guess,
		.called = of->guess && listener->n_owners,
		.need = of->need,
		.reach = listener->reach,
		.filter = listener->filter,
		.wildcard = net_addr_is_wildcard(&listener->addr),
		.root = of->root,
		.local = !net_proto_is_inet(listener->proto),
	};
	answer = judge_door(ctx, &door);
	listener->verdict = answer.verdict;
	listener->reason = answer.reason;
	of->unsaid = answer.unsaid;
	if (listener->reach != REACH_HOST && net_proto_is_inet(listener->proto) &&
	    !listener->peer.family)
		ctx->audit->reachable++;
}

/* Worst first; then what should go before what may stay; then by name, so that runs compare. */
static int
finding_order(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a;
	const struct finding *y = *(const struct finding *const *)b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->verdict != y->verdict)
		return x->verdict > y->verdict ? -1 : 1;
	return strcmp(x->id, y->id);
}

void
judge_audit(struct judge_ctx *ctx)
{
	struct audit *audit = ctx->audit;

	ctx->of = arena_array(audit->arena, audit->listeners.n, sizeof(*ctx->of));
	ctx->findings = map_of(audit->arena);
	for (size_t i = 0; i < audit->listeners.n; i++)
		judge_listener(ctx, audit->listeners.v[i], &ctx->of[i]);
	for (const struct judge_rule *const *rule = judge_rules; *rule; rule++)
		(*rule)->judge(ctx);
	if (audit->findings.n)
		qsort(audit->findings.v, audit->findings.n, sizeof(*audit->findings.v),
		      finding_order);
}
