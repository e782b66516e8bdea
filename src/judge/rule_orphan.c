/* Rule: listeners that nothing will start again after a reboot: wanted ones will be missed. */
#include "base/span.h"
#include "judge/judge.h"

static bool
will_return(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_starts; i++)
		if (start_returns(listener->starts[i].start))
			return true;
	return false;
}

static void
judge(struct judge_ctx *ctx)
{
	struct audit *audit = ctx->audit;

	for (size_t i = 0; i < audit->listeners.n; i++) {
		struct listener *listener = audit->listeners.v[i];
		struct finding *finding;
		bool is_new;

		if (listener->peer.family || !net_proto_has_port(listener->proto) ||
		    (listener->owners_state != OWNERS_SEEN &&
		     listener->owners_state != OWNERS_PART) ||
		    will_return(listener))
			continue;
		listener->orphan = true;
		if (!ctx->of[i].need)
			continue;
		finding = judge_finding(
			ctx, "orphan",
			arena_printf(audit->arena, "%s/%s/%u",
				     listener->service ? listener->service : "unknown",
				     net_proto_name(listener->proto), listener->port),
			&is_new);
		if (!is_new)
			continue;
		finding->severity = SEVERITY_LOW;
		finding->verdict = VERDICT_KEEP;
		finding->service = listener->service;
		finding->listener = listener;
		finding->title = arena_printf(audit->arena, "port %u/%s will not come back",
					      listener->port, net_proto_name(listener->proto));
		finding->reason = "the policy wants it, but nothing switched on starts it after a "
				  "reboot";
		judge_evidence(ctx, finding, "%s",
			       listener->n_starts ? listener->starts[0].evidence
						  : listener->no_start);
	}
}

const struct judge_rule judge_rule_orphan = {
	.name = "orphan",
	.doc = "A wanted listener that nothing will start again after a reboot",
	.judge = judge,
};
