/*
 * Walks the input chains as the kernel would (nft(8), "Verdict statement"): every base chain of
 * the hook must let the packet through. A rule that perhaps matches may have decided, or not:
 * both ways are remembered, and the answer is only as sure as the rules were.
 */
#include "model/filter.h"

#include <sys/socket.h>

#include "base/attr.h"
#include "base/span.h"

#define DEPTH 16 /* the kernel's own limit of jumps (NFT_JUMP_STACK_SIZE) */

struct packet {
	enum net_proto proto;
	uint8_t family; /* 1 or 2 */
	uint16_t port;
};

/* What can have happened so far to a packet of the kind asked about. */
struct walk {
	bool accepted, dropped, opaque; /* some such packets were */
	bool over;                      /* no such packet is left */
};

static enum filter_sure
rule_fits(const struct filter_rule *rule, const struct packet *packet)
{
	bool in = false;

	if (!(rule->families & packet->family))
		return FILTER_NEVER;
	if (rule->has_protos && !(rule->protos & 1u << packet->proto))
		return FILTER_NEVER;
	for (uint32_t i = 0; i < rule->n_ports; i++)
		in = in ||
		     (packet->port >= rule->ports[i].low && packet->port <= rule->ports[i].high);
	if (rule->ports && in == rule->not_ports)
		return FILTER_NEVER;
	return rule->sure;
}

static const struct filter_chain *
chain_named(const struct filter *filter, const struct filter_chain *from, const char *name)
{
	for (uint32_t i = 0; i < filter->n_chains; i++) {
		const struct filter_chain *chain = filter->chains[i];

		if (text_is(chain->family, from->family) && text_is(chain->table, from->table) &&
		    text_is(chain->name, name))
			return chain;
	}
	return NULL;
}

static void walk_chain(const struct filter *, const struct filter_chain *, const struct packet *,
		       struct walk *, unsigned depth);

/* One rule that fits. Returns true when no packet goes on to the next rule. */
static bool
apply(const struct filter *filter, const struct filter_chain *chain, const struct filter_rule *rule,
      enum filter_sure sure, const struct packet *packet, struct walk *walk, unsigned depth)
{
	const struct filter_chain *target;

	switch (rule->verdict) {
	case FILTER_CONTINUE:
		return false;
	case FILTER_OPAQUE:
		walk->opaque = true;
		return false;
	case FILTER_ACCEPT:
		walk->accepted = true;
		break;
	case FILTER_DROP:
		walk->dropped = true;
		break;
	case FILTER_RETURN:
		return sure == FILTER_ALWAYS;
	case FILTER_JUMP:
	case FILTER_GOTO:
		target = chain_named(filter, chain, rule->target);
		if (!target || depth == 0) {
			walk->opaque = true;
			return false;
		}
		walk_chain(filter, target, packet, walk, depth - 1);
		if (sure != FILTER_ALWAYS)
			walk->over = false;
		return walk->over || (rule->verdict == FILTER_GOTO && sure == FILTER_ALWAYS);
	}
	if (sure == FILTER_ALWAYS)
		walk->over = true;
	return walk->over;
}

static void
walk_chain(const struct filter *filter, const struct filter_chain *chain,
	   const struct packet *packet, struct walk *walk, unsigned depth)
{
	for (uint32_t i = 0; i < chain->n_rules && !walk->over; i++) {
		const struct filter_rule *rule = &chain->rules[i];
		enum filter_sure sure = rule_fits(rule, packet);

		if (sure != FILTER_NEVER && apply(filter, chain, rule, sure, packet, walk, depth))
			return;
	}
}

static enum filter_answer
base_chain(const struct filter *filter, const struct filter_chain *chain,
	   const struct packet *packet)
{
	struct walk walk = {0};

	walk_chain(filter, chain, packet, &walk, DEPTH);
	if (walk.opaque)
		return FILTER_UNTOLD;
	if (!walk.over && chain->policy_drop)
		walk.dropped = true;
	else if (!walk.over)
		walk.accepted = true;
	if (!walk.dropped)
		return FILTER_OPEN;
	return walk.accepted ? FILTER_SOME : FILTER_CLOSED;
}

static bool
sees_family(const struct filter_chain *chain, const struct packet *packet)
{
	if (text_is(chain->family, "inet"))
		return true;
	return text_is(chain->family, packet->family == 1 ? "ip" : "ip6");
}

enum filter_answer
filter_passes(const struct filter *filter, enum net_proto proto, uint8_t family, uint16_t port)
{
	const struct packet packet = {proto, family == AF_INET6 ? 2 : 1, port};
	enum filter_answer all = FILTER_OPEN;

	if (filter->state == FILTER_NONE)
		return FILTER_OPEN;
	if (filter->state == FILTER_UNKNOWN || !filter->readable)
		return FILTER_UNTOLD;
	for (uint32_t i = 0; i < filter->n_chains; i++) {
		const struct filter_chain *chain = filter->chains[i];
		enum filter_answer one;

		if (!chain->input || !sees_family(chain, &packet))
			continue;
		one = base_chain(filter, chain, &packet);
		if (one == FILTER_CLOSED)
			return FILTER_CLOSED;
		if (one == FILTER_UNTOLD || all == FILTER_UNTOLD)
			all = FILTER_UNTOLD;
		else if (one == FILTER_SOME)
			all = FILTER_SOME;
	}
	return all;
}

const char *
filter_answer_name(enum filter_answer answer)
{
	static const char *const names[] = {
		[FILTER_UNTOLD] = "unknown",
		[FILTER_OPEN] = "open",
		[FILTER_SOME] = "some",
		[FILTER_CLOSED] = "closed",
	};

	return names[answer];
}
