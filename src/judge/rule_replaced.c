/* Rule: a listener's program was removed or replaced on disk while it runs (AUD-16). */
#include "judge/judge.h"

static void
judge(struct judge_ctx *ctx)
{
	struct audit *audit = ctx->audit;

	for (size_t i = 0; i < audit->listeners.n; i++) {
		const struct listener *listener = audit->listeners.v[i];

		for (uint32_t o = 0; o < listener->n_owners; o++) {
			const struct process *process = listener->owners[o].process;
			struct finding *finding;
			bool is_new;

			if (!process->exe_deleted || !process->exe)
				continue;
			finding = judge_finding(ctx, "replaced", process->exe, &is_new);
			if (is_new) {
				finding->severity = SEVERITY_MEDIUM;
				finding->verdict = listener->verdict;
				finding->service = listener->service;
				finding->listener = listener;
				finding->title = arena_printf(
					audit->arena, "%s runs a deleted program", process->comm);
				finding->reason = "the file is gone or was replaced since it "
						  "started: an upgrade that needs a restart, or "
						  "something that hides";
				judge_remedy(ctx, finding, REMEDY_DISABLE,
					     "restart it, or end it if nobody upgraded it");
			}
			judge_evidence(ctx, finding, "pid %d, %s (deleted)", (int)process->pid,
				       process->exe);
		}
	}
}

const struct judge_rule judge_rule_replaced = {
	.name = "replaced",
	.doc = "A listener whose program file was deleted or replaced",
	.judge = judge,
};
