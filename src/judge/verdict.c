/*
 * Verdict: catalog and policy against where a door can be reached from. The policy may want a
 * service, but not make a dangerous one plain ok (POL-4); a clean history is no argument and has
 * no input here (POL-14); unknown is never allowed (POL-3).
 */
#include "base/span.h"
#include "judge/judge.h"

static const char danger_conditions[] = "it is wanted, but unfit for the Internet: keep it "
					"current, patched and effectively firewalled";
static const char danger_no_filter[] =
	"it is wanted, but unfit for the Internet and no packet filter is known to cover it: "
	"off for now, until one does";
static const char danger_unseen[] =
	"it is wanted, but unfit for the Internet: keep it current, patched and effectively "
	"firewalled; whether a packet filter covers it cannot be seen from here";

static struct judge_answer
answer(enum verdict verdict, const char *reason)
{
	return (struct judge_answer){verdict, reason, NULL};
}

static bool
is_outside(const struct judge_door *door)
{
	return !door->local && door->reach != REACH_HOST;
}

static bool
is_danger(const struct judge_door *door)
{
	return door->entry && door->entry->class == CATALOG_DANGER;
}

static struct judge_answer
unknown(struct judge_ctx *ctx, const struct judge_door *door)
{
	if (door->local)
		return answer(VERDICT_KEEP, "a local socket, not judged");
	if (door->need)
		return answer(VERDICT_KEEP, "the policy wants it, the catalog does not know it");
	if (door->guess && door->entry && door->called)
		return answer(VERDICT_DISABLE,
			      arena_printf(ctx->audit->arena,
					   "it looks like %s, but only a user's word says so: "
					   "presumed unnecessary",
					   door->entry->name));
	if (door->guess && door->entry)
		return answer(
			VERDICT_DISABLE,
			arena_printf(ctx->audit->arena,
				     "unknown program on the port of %s: presumed unnecessary",
				     door->entry->name));
	return answer(VERDICT_DISABLE, "unknown: what nobody recognises is presumed unnecessary");
}

/* The filter was not seen: files do not tell of it, and elsewhere the policy's word stands. */
static bool
may_be_covered(const struct audit *audit)
{
	return audit->filter.state == FILTER_UNKNOWN &&
	       (!audit->live || policy_fact(&audit->policy, "packet-filter") == FACT_YES);
}

static struct judge_answer
wanted_danger(struct judge_ctx *ctx, const struct judge_door *door)
{
	if (!is_outside(door) || door->filter == FILTER_SOME || door->filter == FILTER_CLOSED)
		return answer(VERDICT_RESTRICT, danger_conditions);
	if (may_be_covered(ctx->audit))
		return answer(VERDICT_RESTRICT, danger_unseen);
	return answer(VERDICT_DISABLE, danger_no_filter);
}

/* Wanted or kept, but listening wider than it must (POL-16). */
static struct judge_answer
kept(struct judge_ctx *ctx, const struct judge_door *door, const char *why)
{
	bool world = (door->need && door->need->world) || door->entry->world_ok;

	if (!is_outside(door) || world || !door->wildcard)
		return answer(VERDICT_KEEP, why);
	return answer(
		door->entry->localize ? VERDICT_LOCALIZE : VERDICT_RESTRICT,
		arena_printf(ctx->audit->arena,
			     "%s, but it listens on all addresses and is not meant for the world",
			     why));
}

/* What the catalog asks for may be fulfilled already by where it listens. */
static struct judge_answer
by_catalog(struct judge_ctx *ctx, const struct judge_door *door)
{
	struct arena *arena = ctx->audit->arena;
	const char *condition, *unsaid = NULL;
	enum verdict verdict =
		catalog_verdict(door->entry, &ctx->audit->policy, &condition, &unsaid);
	struct judge_answer ret;

	if (!is_outside(door) && (verdict == VERDICT_LOCALIZE || verdict == VERDICT_RESTRICT ||
				  door->entry->local_only_ok))
		ret = answer(VERDICT_KEEP, "only this host can reach it");
	else if ((verdict == VERDICT_KEEP || verdict == VERDICT_RESTRICT) && is_danger(door) &&
		 is_outside(door))
		ret = wanted_danger(ctx, door); /* POL-5 */
	else if (verdict == VERDICT_KEEP)
		ret = kept(ctx, door,
			   condition ? arena_printf(arena, "needed: %s", condition)
				     : door->entry->what);
	else if (condition)
		ret = answer(verdict, arena_printf(arena, "%s: %s", door->entry->what, condition));
	else
		ret = answer(verdict, door->entry->what);
	if (unsaid)
		ret.reason = arena_printf(arena, "%s; no policy says \"%s\"", ret.reason, unsaid);
	ret.unsaid = unsaid;
	return ret;
}

struct judge_answer
judge_door(struct judge_ctx *ctx, const struct judge_door *door)
{
	if (!door->entry || door->guess)
		return unknown(ctx, door);
	if (door->need && door->need->exception)
		return answer(VERDICT_KEEP, "an exception of the policy");
	if (door->need && is_danger(door))
		return wanted_danger(ctx, door);
	if (door->need)
		return kept(ctx, door, "the policy wants it");
	return by_catalog(ctx, door);
}

/* Points: what it is, who can reach it, whose rights it has. */
static int
weight_of(const struct catalog_entry *entry, bool guess)
{
	if (!entry || guess)
		return 1;
	switch (entry->class) {
	case CATALOG_DANGER:
		return 2;
	case CATALOG_LEAKS:
	case CATALOG_NETWORK:
	case CATALOG_UNKNOWN:
		return 1;
	case CATALOG_ESSENTIAL:
	case CATALOG_HARMLESS:
	case CATALOG_LOCAL:
		break;
	}
	return 0;
}

enum severity
judge_severity(const struct judge_door *door, const struct judge_answer *answer)
{
	static const enum severity of_points[] = {SEVERITY_LOW, SEVERITY_LOW, SEVERITY_MEDIUM,
						  SEVERITY_HIGH, SEVERITY_CRITICAL};
	int points = weight_of(door->entry, door->guess);

	if (answer->verdict == VERDICT_KEEP)
		return SEVERITY_INFO;
	if (door->reach == REACH_ANYONE || door->reach == REACH_UNKNOWN)
		points++;
	if (door->local || door->reach == REACH_HOST)
		points -= 2;
	if (door->root)
		points++;
	/* It may well be needed; nobody said. */
	if (answer->unsaid && !is_danger(door))
		points--;
	if (points < 0)
		points = 0;
	return of_points[points < (int)COUNT_OF(of_points) ? points : (int)COUNT_OF(of_points) - 1];
}
