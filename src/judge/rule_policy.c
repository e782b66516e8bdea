/* Rule: the policy itself: exceptions and needs that have expired or that fit nothing. */
#include "base/span.h"
#include "judge/judge.h"

static bool
is_used(const struct judge_ctx *ctx, const struct policy_need *need)
{
	for (size_t i = 0; i < ctx->audit->listeners.n; i++)
		if (ctx->of[i].need == need)
			return true;
	for (size_t i = 0; i < ctx->audit->starts.n; i++) {
		const struct start *start = ctx->audit->starts.v[i];
		const struct catalog_entry *entry = catalog_of_start(ctx->catalog, start);

		if (start->enabled && entry && text_is(entry->name, need->service))
			return true;
	}
	return false;
}

static void
judge(struct judge_ctx *ctx)
{
	const struct policy *policy = &ctx->audit->policy;

	for (uint32_t i = 0; i < policy->n_needs; i++) {
		const struct policy_need *need = &policy->needs[i];
		struct finding *finding;
		bool is_new;

		if (is_used(ctx, need))
			continue;
		finding = judge_finding(ctx, "policy", need->service, &is_new);
		finding->severity = SEVERITY_INFO;
		finding->verdict = VERDICT_KEEP;
		finding->title = arena_printf(
			ctx->audit->arena, "the policy's need for %s fits nothing", need->service);
		finding->reason = "it has expired, or no such listener or start record is there";
		judge_evidence(ctx, finding, "%s:%u%s%s", need->file ? need->file : "policy",
			       need->line, need->expires ? ", expires " : "",
			       need->expires ? need->expires : "");
	}
}

const struct judge_rule judge_rule_policy = {
	.name = "policy",
	.doc = "A need or exception of the policy that has expired or fits nothing",
	.judge = judge,
};
