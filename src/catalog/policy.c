/*
 * The policy file: what this machine is for, see model/policy.h and gatehouse.policy(5). Stanzas:
 *
 *	Role: server
 *	Facts: mx lan-mail no printer
 *
 *	Need: sshd                   a service, or * together with a port
 *	Port: 22/tcp
 *	Address: 192.168.1.5         an address or network it may listen on; or loopback, link,
 *private World: yes                   meant for anyone Exception: yes               tolerated, not
 *clean: shown as an exception until it expires Reason: the monitoring host logs in Owner: anna
 *	Expires: 2027-01-01
 *
 * A stanza with an error is left out as a whole: fewer needs, never more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/near.h"
#include "base/num.h"
#include "catalog/load.h"
#include "syntax/stanza.h"

struct reading {
	struct arena *arena;
	struct syn_tree *tree;
	struct policy *policy;
	struct policy_need need;
	struct map facts; /* name -> where it was said */
	VEC(const char *) yes, no;
	VEC(struct policy_need) needs;
	bool bad, is_need, is_machine;
};

struct field {
	const char *name;
	bool of_need;
	void (*read)(struct reading *reading, const struct syn_node *node);
};

#define complain(reading, at, line, ...)                                                           \
	do {                                                                                       \
		(reading)->bad = true;                                                             \
		syn_diag((reading)->tree, DIAG_ERROR, at, line, __VA_ARGS__);                      \
	} while (0)

#define SHORT(s) (int)((s).n < 60 ? (s).n : 60), (s).p

static struct span
value(const struct syn_node *node)
{
	return node->words[1].text;
}

static const char *
text_of(struct reading *reading, const struct syn_node *node)
{
	char *text = value_text(reading->arena, node);

	if (!*text)
		complain(reading, value(node).p, node->line, "field \"%.*s\" is empty",
			 SHORT(node->words[0].text));
	return text;
}

static void
read_role(struct reading *reading, const struct syn_node *node)
{
	struct span role = value(node);
	struct near near = near_of(role);
	char hint[128];

	for (const char *const *known = catalog_roles; *known; known++) {
		if (span_is(role, *known) && reading->policy->role)
			complain(reading, role.p, node->line, "the role is stated twice");
		if (span_is(role, *known)) {
			reading->policy->role = *known;
			return;
		}
		near_offer(&near, *known);
	}
	complain(reading, role.p, node->line,
		 "unknown role \"%.*s\" (desktop, gateway, laptop, server)%s", SHORT(role),
		 near_hint(&near, hint, sizeof(hint)));
}

static void
read_fact(struct reading *reading, struct span word, bool yes, uint32_t line)
{
	static char said_yes, said_no;
	char hint[128], *name;
	const char *before;

	if (!fact_find(word)) {
		fact_nearest(word, hint, sizeof(hint));
		complain(reading, word.p, line, "unknown fact \"%.*s\"%s", SHORT(word), hint);
		return;
	}
	name = span_dup(reading->arena, word);
	before = map_get_text(&reading->facts, name);
	if (before && (before == &said_yes) != yes) {
		complain(reading, word.p, line, "fact \"%s\" is stated to be true and false", name);
		return;
	}
	if (before)
		return;
	map_put_text(&reading->facts, name, yes ? &said_yes : &said_no);
	if (yes)
		vec_push(reading->arena, &reading->yes, name);
	else
		vec_push(reading->arena, &reading->no, name);
}

static void
read_facts(struct reading *reading, const struct syn_node *node)
{
	struct span no = {0};
	uint32_t no_line = node->line;

	for (uint32_t i = 1; i < node->n_words; i++) {
		struct span rest = node->words[i].text, word;

		while (word = span_word(&rest), word.n) {
			if (!no.n && span_is(word, "no")) {
				no = word;
				no_line = node->words[i].line;
				continue;
			}
			read_fact(reading, word, !no.n, node->words[i].line);
			no.n = 0;
		}
	}
	if (no.n)
		complain(reading, no.p, no_line, "a fact is missing behind \"no\"");
}

static void
read_need(struct reading *reading, const struct syn_node *node)
{
	struct span rest = value(node), word = span_word(&rest);

	if (!word.n || span_trim(rest).n || node->n_words > 2)
		complain(reading, value(node).p, node->line,
			 "write one service's name, or * with a port");
	reading->need.service = span_dup(reading->arena, word);
}

static void
read_port(struct reading *reading, const struct syn_node *node)
{
	struct span proto = value(node), number = span_cut(&proto, '/');
	struct policy_need *need = &reading->need;

	need->has_port =
		net_proto_parse(proto, &need->proto) && number.n &&
		num_u32(number, net_proto_is_inet(need->proto) ? 65535 : UINT32_MAX, &need->port);
	if (!need->has_port)
		complain(reading, value(node).p, node->line, "port \"%.*s\": write 22/tcp",
			 SHORT(value(node)));
}

static void
read_address(struct reading *reading, const struct syn_node *node)
{
	static const char *const classes[] = {"loopback", "link", "private", NULL};
	struct span address = value(node);
	struct net_prefix prefix;
	bool known = net_prefix_parse(address, &prefix);

	for (const char *const *class = classes; *class; class ++)
		known |= span_is(address, *class);
	if (!known)
		complain(reading, address.p, node->line,
			 "address \"%.*s\": write an address, a network (10.0.0.0/8), loopback, "
			 "link or private",
			 SHORT(address));
	reading->need.address = span_dup(reading->arena, address);
}

static bool
yes_or_no(struct reading *reading, const struct syn_node *node)
{
	if (!span_is(value(node), "yes") && !span_is(value(node), "no"))
		complain(reading, value(node).p, node->line, "\"%.*s\": write yes or no",
			 SHORT(value(node)));
	return span_is(value(node), "yes");
}

static void
read_world(struct reading *reading, const struct syn_node *node)
{
	reading->need.world = yes_or_no(reading, node);
}

static void
read_exception(struct reading *reading, const struct syn_node *node)
{
	reading->need.exception = yes_or_no(reading, node);
}

static void
read_reason(struct reading *reading, const struct syn_node *node)
{
	reading->need.reason = text_of(reading, node);
}

static void
read_owner(struct reading *reading, const struct syn_node *node)
{
	reading->need.owner = text_of(reading, node);
}

static bool
is_date(struct span s)
{
	static const uint32_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	uint32_t y, m, d, leap;

	if (s.n != 10 || s.p[4] != '-' || s.p[7] != '-' ||
	    !num_u32((struct span){s.p, 4}, 9999, &y) ||
	    !num_u32((struct span){s.p + 5, 2}, 12, &m) ||
	    !num_u32((struct span){s.p + 8, 2}, 31, &d) || !m || !d)
		return false;
	leap = m == 2 && y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
	return d <= days[m - 1] + leap;
}

static void
read_expires(struct reading *reading, const struct syn_node *node)
{
	if (!is_date(value(node)))
		complain(reading, value(node).p, node->line,
			 "\"%.*s\" is not a date: write 2027-01-31", SHORT(value(node)));
	reading->need.expires = span_dup(reading->arena, value(node));
}

static const struct field fields[] = {
	{"Address", true, read_address}, {"Exception", true, read_exception},
	{"Expires", true, read_expires}, {"Facts", false, read_facts},
	{"Need", true, read_need},       {"Owner", true, read_owner},
	{"Port", true, read_port},       {"Reason", true, read_reason},
	{"Role", false, read_role},      {"World", true, read_world},
};

static void
read_field(struct reading *reading, const struct syn_node *node)
{
	struct span name = node->words[0].text;
	struct near near = near_of(name);
	char hint[128];

	for (size_t i = 0; i < COUNT_OF(fields); i++) {
		if (strlen(fields[i].name) == name.n &&
		    strncasecmp(fields[i].name, name.p, name.n) == 0) {
			reading->is_need |= fields[i].of_need;
			reading->is_machine |= !fields[i].of_need;
			fields[i].read(reading, node);
			return;
		}
		near_offer(&near, fields[i].name);
	}
	complain(reading, name.p, node->line, "unknown field \"%.*s\"%s", SHORT(name),
		 near_hint(&near, hint, sizeof(hint)));
}

static void
check_need(struct reading *reading, const struct syn_node *first)
{
	const struct policy_need *need = &reading->need;
	const struct {
		bool wrong;
		const char *why;
	} checks[] = {
		{reading->is_machine, "Role and Facts stand in a stanza of their own"},
		{!need->service, "the stanza has no field \"Need\""},
		{text_is(need->service, "*") && !need->has_port,
		 "\"Need: *\" would allow everything: add a field \"Port\""},
		{need->exception && !need->reason, "an exception needs a field \"Reason\""},
	};

	for (size_t i = 0; i < COUNT_OF(checks); i++)
		if (checks[i].wrong)
			complain(reading, first->raw.p, first->line, "%s", checks[i].why);
}

static void
read_stanza(struct reading *reading, size_t first, size_t last)
{
	const struct syn_node *nodes = reading->tree->nodes;
	bool unread = false;

	reading->need =
		(struct policy_need){.file = reading->tree->file, .line = nodes[first].line};
	reading->bad = reading->is_need = reading->is_machine = false;
	for (size_t i = first; i < last; i++) {
		unread |= nodes[i].kind == SYN_BAD;
		if (nodes[i].kind >= SYN_OWN)
			read_field(reading, &nodes[i]);
	}
	if (reading->is_need && !unread)
		check_need(reading, &nodes[first]);
	if (reading->is_need && !unread && !reading->bad)
		vec_push(reading->arena, &reading->needs, reading->need);
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char **
sorted(struct arena *arena, const char **v, size_t n)
{
	const char **list = arena_array(arena, n + 1, sizeof(*list));

	if (n) {
		memcpy(list, v, n * sizeof(*list));
		qsort(list, n, sizeof(*list), by_text);
	}
	return list;
}

void
policy_parse(struct arena *arena, struct diags *diags, const char *file, struct span text,
	     struct policy *ret)
{
	struct reading reading = {.arena = arena, .policy = ret, .facts = map_of(arena)};
	const struct syn_tree *tree;

	*ret = (struct policy){0};
	tree = reading.tree = syn_parse(&syn_format_stanza, arena, diags, file, text);
	for (size_t i = 0, end; i < tree->n_nodes; i = end) {
		end = i + 1;
		if (tree->nodes[i].kind == SYN_BLANK || tree->nodes[i].kind == SYN_COMMENT)
			continue;
		end = stanza_end(tree, i);
		read_stanza(&reading, i, end);
	}
	ret->facts = sorted(arena, reading.yes.v, reading.yes.n);
	ret->denied = sorted(arena, reading.no.v, reading.no.n);
	ret->needs = reading.needs.v;
	ret->n_needs = (uint32_t)reading.needs.n;
}

void
policy_read(const struct root *root, struct arena *arena, struct diags *diags, struct policy *ret)
{
	struct span text = {0};
	int r = root_read(root, POLICY_FILE, arena, LIMIT_FILE_BYTES, &text);

	if (r < 0 && r != -ENOENT && r != -ENOTDIR)
		diag_add(diags, DIAG_UNSEEN, POLICY_FILE, 0, 0, "%s", strerror(-r));
	policy_parse(arena, diags, POLICY_FILE, text, ret);
}

static void
unknown_service(const struct policy_need *need, const struct catalog *catalog, struct diags *diags)
{
	struct near near = near_of(span_of(need->service));
	char hint[128];

	for (size_t i = 0; i < catalog_count(catalog); i++) {
		const struct catalog_entry *entry = catalog_at(catalog, i);

		near_offer(&near, entry->name);
		for (const char **alias = entry->aliases; *alias; alias++)
			near_offer(&near, *alias);
	}
	diag_add(diags, DIAG_WARNING, need->file, need->line, 0,
		 "the catalog knows no service \"%.60s\": this need covers nothing%s",
		 need->service, near_hint(&near, hint, sizeof(hint)));
}

void
policy_resolve(struct policy *policy, const struct catalog *catalog, struct diags *diags)
{
	for (uint32_t i = 0; i < policy->n_needs; i++) {
		struct policy_need *need = &policy->needs[i];
		const struct catalog_entry *entry;

		if (text_is(need->service, "*"))
			continue;
		entry = catalog_find(catalog, need->service);
		if (entry)
			need->service = entry->name;
		else
			unknown_service(need, catalog, diags);
	}
}
