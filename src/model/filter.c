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

/*
 * Who got through so far. "Any" is a packet of a host no rule speaks of; "some" are those that
 * only perhaps matched: a source address, a rate. What perhaps drops does not stop any host.
 */
struct walk {
	bool any, some, opaque;
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

/* The packets of have for which a rule of the given reach holds. */
static enum filter_sure
both(enum filter_sure have, enum filter_sure fits)
{
	return have < fits ? have : fits;
}

/* Those for which it does not: all but the named leave the named, and the other way round. */
static enum filter_sure
rest(enum filter_sure have, enum filter_sure fits)
{
	if (fits == FILTER_ALWAYS)
		return FILTER_NEVER;
	return fits == FILTER_STRANGERS ? both(have, FILTER_PERHAPS) : have;
}

static enum filter_sure
more(enum filter_sure a, enum filter_sure b)
{
	return a > b ? a : b;
}

static void
let_in(struct walk *walk, enum filter_sure who)
{
	walk->any = walk->any || who >= FILTER_STRANGERS;
	walk->some = walk->some || who == FILTER_PERHAPS;
}

/* The packets of have go through the chain. Returns those that come out of it without a verdict. */
static enum filter_sure
walk_chain(const struct filter *filter, const struct filter_chain *chain,
	   const struct packet *packet, enum filter_sure have, struct walk *walk, unsigned depth)
{
	enum filter_sure back = FILTER_NEVER; /* returned before the end */

	for (uint32_t i = 0; i < chain->n_rules && have != FILTER_NEVER; i++) {
		const struct filter_rule *rule = &chain->rules[i];
		enum filter_sure fits = rule_fits(rule, packet), hit = both(have, fits);
		enum filter_sure left = FILTER_NEVER; /* of those hit */
		const struct filter_chain *target;

		if (fits == FILTER_NEVER || rule->verdict == FILTER_CONTINUE)
			continue;
		if (rule->verdict == FILTER_ACCEPT)
			let_in(walk, hit);
		if (rule->verdict == FILTER_RETURN)
			back = more(back, hit);
		if (rule->verdict == FILTER_JUMP || rule->verdict == FILTER_GOTO) {
			target = depth ? chain_named(filter, chain, rule->target) : NULL;
			if (target)
				left = walk_chain(filter, target, packet, hit, walk, depth - 1);
			else
				walk->opaque = true;
		}
		if (rule->verdict == FILTER_GOTO)
			back = more(back, left);
		if (rule->verdict == FILTER_OPAQUE) {
			walk->opaque = true;
			continue;
		}
		if (rule->limited)
			continue;
		have = rest(have, fits);
		if (rule->verdict == FILTER_JUMP)
			have = more(have, left);
	}
	return more(back, have);
}

static enum filter_answer
base_chain(const struct filter *filter, const struct filter_chain *chain,
	   const struct packet *packet)
{
	struct walk walk = {0};
	enum filter_sure left = walk_chain(filter, chain, packet, FILTER_ALWAYS, &walk, DEPTH);

	if (!chain->policy_drop)
		let_in(&walk, left);
	if (walk.opaque)
		return FILTER_UNTOLD;
	if (walk.any)
		return FILTER_OPEN;
	return walk.some ? FILTER_SOME : FILTER_CLOSED;
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
