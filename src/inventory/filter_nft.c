/*
 * The rules of nftables (iptables-nft writes there too) as libnftables prints them in JSON
 * (libnftables-json(5)), cut down to model/filter.h. The library is loaded only when a filter is
 * there: it is large, and most audits never need it. What is not understood is kept as
 * "perhaps" or "could be anything", never as a match.
 */
#include <dlfcn.h>
#include <string.h>

#include <jansson.h>

#include "base/span.h"
#include "base/vec.h"
#include "inventory/filter.h"

#define FAMILY_IPV4 1u
#define FAMILY_IPV6 2u

/* Reading the rules ---------------------------------------------------------------------- */

struct converter {
	struct audit *audit;
	struct filter *filter;
	json_t *sets; /* the set objects, by position */
};

static const char *
text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool port_ranges(struct converter *c, const json_t *value, struct filter_rule *rule);

static void
add_range(struct converter *c, struct filter_rule *rule, json_int_t low, json_int_t high)
{
	struct filter_range *grown =
		arena_array(c->audit->arena, (size_t)rule->n_ports + 1, sizeof(*grown));

	if (rule->n_ports)
		memcpy(grown, rule->ports, rule->n_ports * sizeof(*grown));
	grown[rule->n_ports++] = (struct filter_range){(uint16_t)low, (uint16_t)high};
	rule->ports = grown;
}

static const json_t *
named_set(struct converter *c, const char *name)
{
	size_t i;
	json_t *set;

	json_array_foreach(c->sets, i, set) if (text_is(text_of(set, "name"),
							name)) return json_object_get(set, "elem");
	return NULL;
}

static bool
port_list(struct converter *c, const json_t *list, struct filter_rule *rule)
{
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one) if (!port_ranges(c, one, rule)) return false;
	return true;
}

/* A port, a range, a set of them, or the name of a set. False: not understood. */
static bool
port_ranges(struct converter *c, const json_t *value, struct filter_rule *rule)
{
	const json_t *range = json_object_get(value, "range"), *set = json_object_get(value, "set");
	const char *name = json_string_value(value);

	if (json_is_integer(value)) {
		add_range(c, rule, json_integer_value(value), json_integer_value(value));
		return true;
	}
	if (json_array_size(range) == 2) {
		add_range(c, rule, json_integer_value(json_array_get(range, 0)),
			  json_integer_value(json_array_get(range, 1)));
		return true;
	}
	if (json_is_array(set))
		return port_list(c, set, rule);
	if (name && name[0] == '@')
		return port_list(c, named_set(c, name + 1), rule);
	return false;
}

static bool
proto_bit(const char *name, uint32_t *bits)
{
	enum net_proto proto;

	if (!net_proto_parse(span_of(name), &proto))
		return true; /* icmp, esp, ...: not one of ours, so no bit */
	*bits |= 1u << proto;
	if (proto == NET_TCP)
		*bits |= 1u << NET_MPTCP;
	return true;
}

static void perhaps(struct filter_rule *rule);

static void
only_protos(struct filter_rule *rule, uint32_t bits)
{
	rule->protos = rule->has_protos ? rule->protos & bits : bits;
	rule->has_protos = true;
}

static void
match_protos(struct filter_rule *rule, const json_t *value, bool negate)
{
	const json_t *set = json_object_get(value, "set");
	uint32_t bits = 0;
	size_t i;
	json_t *one;

	if (json_is_string(value))
		proto_bit(json_string_value(value), &bits);
	json_array_foreach(set, i, one) if (json_is_string(one))
		proto_bit(json_string_value(one), &bits);
	if (!json_is_string(value) && !json_is_array(set))
		perhaps(rule);
	else
		only_protos(rule, negate ? ~bits : bits);
}

/* A condition that holds for some hosts; negated, for all but some. */
static void
some_hosts(struct filter_rule *rule, bool negate)
{
	enum filter_sure sure = negate ? FILTER_STRANGERS : FILTER_PERHAPS;

	/* Of two such conditions nobody knows whom both leave. */
	if (rule->sure == FILTER_STRANGERS)
		sure = FILTER_PERHAPS;
	if (sure < rule->sure)
		rule->sure = sure;
}

static void
perhaps(struct filter_rule *rule)
{
	some_hosts(rule, false);
}

/* "lo" is where packets of this host come from; those we ask about come from others. */
static void
match_interface(struct filter_rule *rule, const json_t *value, bool negate)
{
	if (!text_is(json_string_value(value), "lo"))
		rule->limited = true;
	else if (!negate)
		rule->sure = FILTER_NEVER;
}

static bool
holds_text(const json_t *value, const char *wanted)
{
	const json_t *list = json_is_array(value) ? value : json_object_get(value, "set");
	size_t i;
	json_t *one;

	if (json_is_string(value))
		return text_is(json_string_value(value), wanted);
	json_array_foreach(list, i, one) if (json_is_string(one) &&
					     text_is(json_string_value(one), wanted)) return true;
	return false;
}

/* The packets we ask about open a connection: their state is "new". */
static void
match_ct_state(struct filter_rule *rule, const json_t *value, bool negate)
{
	if (holds_text(value, "new") == negate)
		rule->sure = FILTER_NEVER;
}

static void
match_family(struct filter_rule *rule, const json_t *value, bool negate)
{
	uint8_t family = holds_text(value, "ipv4")   ? FAMILY_IPV4
			 : holds_text(value, "ipv6") ? FAMILY_IPV6
						     : 0;

	if (!family)
		perhaps(rule);
	else
		rule->families &= (uint8_t)(negate ? ~family : family);
}

static void
match_payload(struct converter *c, struct filter_rule *rule, const json_t *payload,
	      const json_t *value, bool negate)
{
	const char *protocol = text_of(payload, "protocol"), *field = text_of(payload, "field");
	uint32_t bits = 0;

	if (text_is(protocol, "ip"))
		rule->families &= FAMILY_IPV4;
	if (text_is(protocol, "ip6"))
		rule->families &= FAMILY_IPV6;
	if (text_is(field, "protocol") || text_is(field, "nexthdr")) {
		match_protos(rule, value, negate);
		return;
	}
	if (text_is(protocol, "tcp") || text_is(protocol, "udp") || text_is(protocol, "sctp") ||
	    text_is(protocol, "dccp") || text_is(protocol, "udplite")) {
		proto_bit(protocol, &bits);
		only_protos(rule, bits);
	}
	if (text_is(field, "saddr")) {
		some_hosts(rule, negate);
		return;
	}
	if (!text_is(field, "dport") || rule->ports) {
		perhaps(rule);
		return;
	}
	rule->not_ports = negate;
	if (!port_ranges(c, value, rule)) {
		rule->ports = NULL;
		rule->n_ports = 0;
		rule->not_ports = false;
		perhaps(rule);
	} else if (!rule->ports) { /* an empty set matches nothing */
		rule->sure = negate ? rule->sure : FILTER_NEVER;
		rule->not_ports = false;
	}
}

static void
match(struct converter *c, struct filter_rule *rule, const json_t *match)
{
	const json_t *left = json_object_get(match, "left"),
		     *right = json_object_get(match, "right");
	const char *op = text_of(match, "op");
	const char *meta = text_of(json_object_get(left, "meta"), "key");
	bool negate = text_is(op, "!=");

	if (!negate && !text_is(op, "==") && !text_is(op, "in")) {
		perhaps(rule);
		return;
	}
	if (text_is(meta, "l4proto"))
		match_protos(rule, right, negate);
	else if (text_is(meta, "iif") || text_is(meta, "iifname"))
		match_interface(rule, right, negate);
	else if (text_is(meta, "nfproto"))
		match_family(rule, right, negate);
	else if (text_is(text_of(json_object_get(left, "ct"), "key"), "state"))
		match_ct_state(rule, right, negate);
	else if (json_object_get(left, "payload"))
		match_payload(c, rule, json_object_get(left, "payload"), right, negate);
	else
		perhaps(rule);
}

/* Statements by name: those that decide, and those that change nothing. */
static const struct {
	const char *name;
	enum filter_verdict verdict;
} statements[] = {
	{"accept", FILTER_ACCEPT},    {"drop", FILTER_DROP},        {"reject", FILTER_DROP},
	{"return", FILTER_RETURN},    {"jump", FILTER_JUMP},        {"goto", FILTER_GOTO},
	{"counter", FILTER_CONTINUE}, {"log", FILTER_CONTINUE},     {"notrack", FILTER_CONTINUE},
	{"mangle", FILTER_CONTINUE},  {"meta", FILTER_CONTINUE},    {"continue", FILTER_CONTINUE},
	{"quota", FILTER_OPAQUE},     {"vmap", FILTER_OPAQUE},      {"queue", FILTER_OPAQUE},
	{"set", FILTER_CONTINUE},     {"comment", FILTER_CONTINUE},
};

static void
xt(struct filter_rule *rule, const json_t *xt)
{
	if (text_is(text_of(xt, "type"), "match"))
		perhaps(rule);
	else if (text_is(text_of(xt, "name"), "REJECT"))
		rule->verdict = FILTER_DROP;
	else if (!text_is(text_of(xt, "name"), "LOG"))
		rule->verdict = FILTER_OPAQUE;
}

/*
 * What a refusal is told with says for which packets it is. nft leaves out of its listing the
 * match that says so: "meta nfproto ipv6 tcp dport 22 reject" comes back without the first.
 */
static void
reject(struct filter_rule *rule, const json_t *value)
{
	const char *type = text_of(value, "type");
	uint32_t bits = 0;

	if (text_is(type, "icmp"))
		rule->families &= FAMILY_IPV4;
	else if (text_is(type, "icmpv6"))
		rule->families &= FAMILY_IPV6;
	else if (text_is(type, "tcp reset")) {
		proto_bit("tcp", &bits);
		only_protos(rule, bits);
	}
}

static void
statement(struct converter *c, struct filter_rule *rule, const char *name, const json_t *value)
{
	if (text_is(name, "match")) {
		match(c, rule, value);
		return;
	}
	if (text_is(name, "limit")) {
		rule->limited = true;
		return;
	}
	if (text_is(name, "xt")) {
		xt(rule, value);
		return;
	}
	if (text_is(name, "reject"))
		reject(rule, value);
	for (size_t i = 0; i < COUNT_OF(statements); i++)
		if (text_is(name, statements[i].name)) {
			if (statements[i].verdict != FILTER_CONTINUE)
				rule->verdict = statements[i].verdict;
			rule->target = arena_dup(c->audit->arena, text_of(value, "target"));
			return;
		}
	rule->verdict = FILTER_OPAQUE;
}

static struct filter_chain *
chain_of(struct converter *c, const json_t *object, const char *name)
{
	for (uint32_t i = 0; i < c->filter->n_chains; i++) {
		struct filter_chain *chain = c->filter->chains[i];

		if (text_is(chain->family, text_of(object, "family")) &&
		    text_is(chain->table, text_of(object, "table")) && text_is(chain->name, name))
			return chain;
	}
	return NULL;
}

static void
add_rule(struct converter *c, const json_t *object)
{
	struct filter_chain *chain = chain_of(c, object, text_of(object, "chain"));
	struct filter_rule rule = {.families = FAMILY_IPV4 | FAMILY_IPV6, .sure = FILTER_ALWAYS};
	const json_t *expr = json_object_get(object, "expr");
	size_t i;
	json_t *part;

	json_array_foreach(expr, i, part)
	{
		const char *name;
		json_t *value;

		json_object_foreach(part, name, value) statement(c, &rule, name, value);
	}
	if (!chain)
		return;
	if (chain->n_rules == chain->cap_rules) {
		size_t cap = chain->cap_rules;

		chain->rules =
			vec_grow(c->audit->arena, chain->rules, chain->n_rules, &cap, sizeof(rule));
		chain->cap_rules = (uint32_t)cap;
	}
	chain->rules[chain->n_rules++] = rule;
}

static void
add_chain(struct converter *c, const json_t *object)
{
	struct arena *arena = c->audit->arena;
	struct filter_chain *chain = arena_alloc(arena, sizeof(*chain));
	struct filter_chain **grown =
		arena_array(arena, (size_t)c->filter->n_chains + 1, sizeof(*grown));

	*chain = (struct filter_chain){
		.family = arena_dup(arena, text_of(object, "family")),
		.table = arena_dup(arena, text_of(object, "table")),
		.name = arena_dup(arena, text_of(object, "name")),
		.input = text_is(text_of(object, "hook"), "input") &&
			 text_is(text_of(object, "type"), "filter"),
		.priority = (int)json_integer_value(json_object_get(object, "prio")),
		.policy_drop = text_is(text_of(object, "policy"), "drop"),
	};
	if (c->filter->n_chains)
		memcpy(grown, c->filter->chains,
		       c->filter->n_chains * sizeof(struct filter_chain *));
	grown[c->filter->n_chains++] = chain;
	c->filter->chains = grown;
}

/* One pass for each kind of object: sets and chains must be known before the rules. */
static void
each(struct converter *c, const json_t *all, const char *kind,
     void (*take)(struct converter *, const json_t *))
{
	size_t i;
	json_t *one;

	json_array_foreach(all, i, one)
	{
		const json_t *object = json_object_get(one, kind);

		if (object)
			take(c, object);
	}
}

static void
add_set(struct converter *c, const json_t *object)
{
	json_array_append(c->sets, (json_t *)object);
}

void
inventory_filter_parse(struct audit *audit, const char *text, struct filter *ret)
{
	struct converter c = {.audit = audit, .filter = ret, .sets = json_array()};
	json_t *root = json_loads(text, 0, NULL);
	const json_t *all = json_object_get(root, "nftables");

	ret->readable = json_is_array(all);
	each(&c, all, "set", add_set);
	each(&c, all, "chain", add_chain);
	each(&c, all, "rule", add_rule);
	json_decref(c.sets);
	json_decref(root);
}

/* Asking libnftables ---------------------------------------------------------------------- */

#define NFT_CTX_DEFAULT 0
#define NFT_CTX_OUTPUT_JSON (1u << 4)

/* The few calls we need, by the names libnftables(3) gives them. */
struct nft_library {
	void *handle;
	void *(*ctx_new)(uint32_t flags);
	void (*ctx_free)(void *ctx);
	void (*set_flags)(void *ctx, unsigned flags);
	int (*buffer_output)(void *ctx);
	int (*buffer_error)(void *ctx);
	const char *(*output)(void *ctx);
	int (*run)(void *ctx, const char *commands);
};

/* POSIX lets a function be found by dlsym(3); ISO C has no cast for it. */
static bool
find(void *handle, const char *name, void *ret)
{
	void *symbol = dlsym(handle, name);

	memcpy(ret, &symbol, sizeof(symbol));
	return symbol != NULL;
}

static bool
load(struct nft_library *nft)
{
	nft->handle = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL);
	return nft->handle && find(nft->handle, "nft_ctx_new", &nft->ctx_new) &&
	       find(nft->handle, "nft_ctx_free", &nft->ctx_free) &&
	       find(nft->handle, "nft_ctx_output_set_flags", &nft->set_flags) &&
	       find(nft->handle, "nft_ctx_buffer_output", &nft->buffer_output) &&
	       find(nft->handle, "nft_ctx_buffer_error", &nft->buffer_error) &&
	       find(nft->handle, "nft_ctx_get_output_buffer", &nft->output) &&
	       find(nft->handle, "nft_run_cmd_from_buffer", &nft->run);
}

void
inventory_filter_rules(struct audit *audit)
{
	struct nft_library nft = {0};
	void *ctx = NULL;

	if (audit->filter.state != FILTER_PRESENT)
		return;
	if (load(&nft))
		ctx = nft.ctx_new(NFT_CTX_DEFAULT);
	if (ctx && nft.buffer_output(ctx) == 0 && nft.buffer_error(ctx) == 0) {
		nft.set_flags(ctx, NFT_CTX_OUTPUT_JSON);
		if (nft.run(ctx, "list ruleset") == 0)
			inventory_filter_parse(audit, nft.output(ctx), &audit->filter);
	}
	if (!audit->filter.readable)
		diag_add(&audit->diags, DIAG_NOTE, NULL, 0, 0,
			 "a packet filter is present, its rules could not be read%s",
			 nft.handle ? "" : ": libnftables is not installed");
	if (ctx)
		nft.ctx_free(ctx);
}
