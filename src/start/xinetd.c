/* See xinetd.h. The values of single attributes are judged in xinetd_values.c. */
#include "start/xinetd.h"

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/vec.h"
#include "start/accounts.h"
#include "start/services.h"
#include "start/xinetd_values.h"

/* The line that includes what is read now. */
struct place {
	const char *file;
	uint32_t line, col;
};

struct reading {
	struct place from;
	const char *chain[LIMIT_INCLUDE_DEPTH]; /* files being read, each included by the last */
	struct start_ctx *ctx;
	struct xinetd_conf *conf;
	struct xinetd_values values;
	unsigned depth, n_files;
	bool quiet; /* past the point where xinetd stops looking: read for show only */
};

static void
refuse(struct xinetd_service *s, const char *why)
{
	if (!s->active)
		return;
	s->active = false;
	s->state = why;
}

/* Sections ---------------------------------------------------------------------------- */

static void
list_add(struct reading *r, struct xinetd_service *s, enum xinetd_attr attr, const char *file)
{
	const struct xinetd_setting *set = &s->set[attr];

	for (uint32_t i = 0; i < set->n_values; i++) {
		struct xinetd_list_item *item = arena_alloc(r->ctx->arena, sizeof(*item));
		struct map *list = attr == XINETD_ENABLED ? &r->conf->enabled : &r->conf->disabled;

		item->id = span_lower(r->ctx->arena, set->values[i].text);
		item->file = file;
		item->line = set->values[i].line;
		if (!map_get_text(list, item->id))
			map_put_text(list, item->id, item);
	}
}

static void
warn(struct reading *r, const struct syn_tree *tree, const struct syn_node *node, const char *fmt,
     struct span name, const char *service)
{
	if (r->quiet)
		return;
	diag_add(r->ctx->diags, DIAG_WARNING, tree->file, node->line, node->words[0].col,
		 "service %s: %.*s %s", service ? service : "defaults", SPAN_ARG(name), fmt);
}

/* One attribute of a service or of defaults. */
static void
read_attribute(struct reading *r, struct xinetd_service *s, bool defaults,
	       const struct syn_tree *tree, const struct syn_node *node)
{
	struct xinetd_setting set = xinetd_setting_of(node);
	const struct xinetd_attr_row *row = xinetd_attr_find(set.name, defaults);
	unsigned list = defaults ? XINETD_LIST_IN_DEFAULTS : XINETD_LIST_IN_SERVICE;
	const char *why;

	if (!row) {
		warn(r, tree, node, "is no attribute here; xinetd leaves it out", set.name,
		     s->name);
		return;
	}
	if (!(row->where & list) && s->specified[row->attr]) {
		warn(r, tree, node, "is set already; xinetd keeps the first", set.name, s->name);
		return;
	}
	if (!(row->where & list) && set.op != XINETD_SET) {
		warn(r, tree, node, "takes no += or -=; xinetd leaves it out", set.name,
		     defaults ? NULL : s->name);
		return;
	}
	/* Of lists in defaults even '=' only adds (xinetd.conf(5), the DEFAULTS section). */
	if (defaults && (row->where & list) && set.op == XINETD_SET)
		set.op = XINETD_ADD;
	if (row->n_values && set.n_values != row->n_values) {
		warn(r, tree, node, "has the wrong number of values; xinetd leaves it out",
		     set.name, s->name);
		return;
	}
	why = xinetd_value_wrong(&r->values, s, row->attr, &set);
	if (!why) {
		s->specified[row->attr] = true;
		s->set[row->attr] = set;
		if (defaults && (row->attr == XINETD_ENABLED || row->attr == XINETD_DISABLED))
			list_add(r, s, row->attr, tree->file);
		return;
	}
	warn(r, tree, node, why, set.name, s->name);
	if (defaults)
		r->conf->ends = true;
	if (defaults || r->quiet)
		return;
	s->disabled = true;
	s->state = arena_printf(r->ctx->arena, "%.*s %s", SPAN_ARG(set.name), why);
	s->switch_line = node->line;
}

static bool
is_disable(const struct syn_node *node)
{
	return span_is_nocase(node->words[0].text, "disable");
}

/* The value was found right: yes or no. "no" also forgives mistakes made above it. */
static void
read_disable(struct reading *r, struct xinetd_service *s, const struct syn_tree *tree,
	     const struct syn_node *node)
{
	bool was = s->specified[XINETD_DISABLE];

	read_attribute(r, s, false, tree, node);
	if (was || !s->specified[XINETD_DISABLE])
		return;
	s->disabled = span_is_nocase(s->set[XINETD_DISABLE].values[0].text, "yes");
	s->switch_line = node->line;
	s->state = s->disabled ? "disable = yes" : "disable = no";
}

static void
add_service(struct reading *r, struct xinetd_service *s)
{
	vec_push(r->ctx->arena, r->conf, s);
}

/* False when there are too many already, which is said once. */
static bool
has_room(struct reading *r, const struct syn_tree *tree, const struct syn_node *node)
{
	if (r->conf->n < LIMIT_SUPER_SERVICES)
		return true;
	if (!r->conf->cut)
		diag_add(r->ctx->diags, DIAG_UNSEEN, tree->file, node->line, 1,
			 "more than %u services; the rest is not looked at", LIMIT_SUPER_SERVICES);
	r->conf->cut = true;
	return false;
}

/* Nodes of one section from its first child on. Gives the index behind the last. */
static size_t
read_service(struct reading *r, const struct syn_tree *tree, size_t i)
{
	struct arena *arena = r->ctx->arena;
	int32_t section = (int32_t)i;
	const struct syn_node *head = &tree->nodes[i++];
	struct xinetd_service *s = arena_alloc(arena, sizeof(*s));
	bool closed = false;

	s->name = s->id = span_dup(arena, head->words[1].text);
	s->file = s->switch_file = tree->file;
	s->line = head->line;
	s->state = "no disable line";
	for (; i < tree->n_nodes && tree->nodes[i].parent == section && !closed; i++) {
		const struct syn_node *node = &tree->nodes[i];

		closed = node->kind == XINETD_CLOSE;
		r->quiet = s->dropped;
		if (s->dropped && node->kind == XINETD_ATTRIBUTE) {
			read_attribute(r, s, false, tree, node);
		} else if (s->dropped) {
			continue;
		} else if (node->kind == SYN_BAD) {
			s->dropped = true;
			s->state = "syntax error: xinetd leaves the service out";
			s->switch_line = node->line;
		} else if (node->kind == XINETD_ATTRIBUTE && is_disable(node)) {
			read_disable(r, s, tree, node);
			s->dropped = s->disabled;
		} else if (node->kind == XINETD_ATTRIBUTE) {
			read_attribute(r, s, false, tree, node);
		}
	}
	r->quiet = false;
	if (!closed && !s->dropped) {
		s->dropped = true;
		s->state = "'}' is missing: xinetd leaves the service out";
	}
	if (s->specified[XINETD_ID])
		s->id = span_dup(arena, s->set[XINETD_ID].values[0].text);
	add_service(r, s);
	return i;
}

static size_t
read_defaults(struct reading *r, const struct syn_tree *tree, size_t i, bool *found)
{
	int32_t section = (int32_t)i++;
	bool bad = false, skip = *found;

	if (skip)
		diag_add(r->ctx->diags, DIAG_WARNING, tree->file, tree->nodes[section].line, 1,
			 "a second defaults section in this file; xinetd leaves it out");
	for (; i < tree->n_nodes && tree->nodes[i].parent == section; i++) {
		if (tree->nodes[i].kind == XINETD_ATTRIBUTE && !skip)
			read_attribute(r, r->conf->defaults, true, tree, &tree->nodes[i]);
		bad |= tree->nodes[i].kind == SYN_BAD;
	}
	*found |= !bad;
	return i;
}

static void read_file(struct reading *r, const char *path, bool must);

static void
read_dir(struct reading *r, const char *path)
{
	struct place from = r->from;
	struct root_dir dir;
	struct stat st;

	if (root_stat(r->ctx->root, path, &st) < 0) {
		diag_add(r->ctx->diags, DIAG_WARNING, path, 0, 0,
			 "the included directory is missing");
		return;
	}
	dir = start_list_dir(r->ctx, path);
	for (size_t i = 0; i < dir.n; i++) {
		const char *name = dir.v[i].name;

		r->from = from;
		if (!strchr(name, '.') && !text_ends(name, "~"))
			read_file(r, arena_printf(r->ctx->arena, "%s/%s", path, name), true);
	}
}

/* xinetd takes relative names from where it was started, which is "/" for a daemon. */
static const char *
included_path(struct reading *r, const struct syn_node *node)
{
	struct span name = node->words[1].text;

	return arena_printf(r->ctx->arena, "%s%.*s", span_starts(name, "/") ? "" : "/",
			    SPAN_ARG(name));
}

static bool
may_include(struct reading *r, const char *path)
{
	for (unsigned i = 0; i < r->depth && i < LIMIT_INCLUDE_DEPTH; i++)
		if (strcmp(r->chain[i], path) == 0) {
			diag_add(r->ctx->diags, DIAG_ERROR, r->from.file, r->from.line, r->from.col,
				 "%s is being read already: this would go on without end, left out",
				 path);
			return false;
		}
	if (r->depth < LIMIT_INCLUDE_DEPTH && r->n_files < LIMIT_INCLUDE_FILES)
		return true;
	diag_add(r->ctx->diags, DIAG_ERROR, r->from.file, r->from.line, r->from.col,
		 "%s is included too deep (%u) or one file too many (%u), not read", path,
		 LIMIT_INCLUDE_DEPTH, LIMIT_INCLUDE_FILES);
	return false;
}

static void
read_tree(struct reading *r, const struct syn_tree *tree)
{
	bool found_defaults = false;
	const char *description = NULL;
	size_t i = 0;

	while (i < tree->n_nodes) {
		const struct syn_node *node = &tree->nodes[i];
		size_t n = r->conf->n;

		if (node->kind == XINETD_SERVICE && !has_room(r, tree, node))
			return;
		if (node->kind == XINETD_SERVICE) {
			i = read_service(r, tree, i);
			if (r->conf->n > n)
				r->conf->v[n]->description = description;
			description = NULL;
			continue;
		}
		if (node->kind == XINETD_DEFAULTS) {
			i = read_defaults(r, tree, i, &found_defaults);
			continue;
		}
		if (node->kind == XINETD_HEADER && span_is(node->words[0].text, "description"))
			description = span_dup(r->ctx->arena, node->words[1].text);
		r->from = (struct place){tree->file, node->line, node->col};
		if (node->kind == XINETD_INCLUDE)
			read_file(r, included_path(r, node), true);
		else if (node->kind == XINETD_INCLUDEDIR)
			read_dir(r, included_path(r, node));
		i++;
	}
}

static void
read_file(struct reading *r, const char *path, bool must)
{
	struct syn_tree *tree;

	if (!may_include(r, path))
		return;
	r->chain[r->depth++] = path;
	r->n_files++;
	tree = start_parse(r->ctx, &syn_format_xinetd, path);
	if (tree)
		read_tree(r, tree);
	else if (must && !root_exists(r->ctx->root, path))
		diag_add(r->ctx->diags, DIAG_WARNING, path, 0, 0, "the included file is missing");
	r->depth--;
}

/* The lists of defaults --------------------------------------------------------------- */

static void
apply_lists(struct reading *r, struct xinetd_service *s)
{
	struct xinetd_conf *conf = r->conf;
	const char *key = span_lower(r->ctx->arena, span_of(s->id));
	const struct xinetd_list_item *item;

	if (s->dropped)
		return;
	if (conf->defaults->specified[XINETD_ENABLED]) {
		item = map_get_text(&conf->enabled, key);
		if (!item) {
			if (!s->disabled)
				s->state = "not in the list \"enabled\" of defaults";
			return;
		}
		s->disabled = false;
		s->state = "in the list \"enabled\" of defaults";
		s->switch_file = item->file;
		s->switch_line = item->line;
	}
	if (s->disabled)
		return;
	item = map_get_text(&conf->disabled, key);
	if (item) {
		s->state = "in the list \"disabled\" of defaults";
		s->switch_file = item->file;
		s->switch_line = item->line;
		return;
	}
	s->active = true;
}

const char *
xinetd_forbids(struct arena *arena, const struct xinetd_conf *conf, const char *id)
{
	const char *key = span_lower(arena, span_of(id));

	if (conf->ends)
		return "xinetd does not start: a mistake in its defaults";
	if (conf->defaults->specified[XINETD_ENABLED] && !map_get_text(&conf->enabled, key))
		return "not in the list \"enabled\" of xinetd's defaults";
	if (map_get_text(&conf->disabled, key))
		return "in the list \"disabled\" of xinetd's defaults";
	return NULL;
}

/* Filling in -------------------------------------------------------------------------- */

static bool
is_mux(const struct xinetd_service *s)
{
	return s->type & (XINETD_TCPMUX | XINETD_TCPMUXPLUS);
}

static bool
known_port(struct reading *r, const struct xinetd_service *s, uint16_t *ret)
{
	enum net_proto proto;

	return s->protocol && net_proto_parse(span_of(s->protocol), &proto) &&
	       services_port(r->ctx->services, s->name, proto, ret);
}

static void
fill_protocol(struct xinetd_service *s)
{
	if (!s->specified[XINETD_PROTOCOL] && s->specified[XINETD_SOCKET_TYPE]) {
		if (s->socket == XINETD_STREAM)
			s->protocol = "tcp";
		else if (s->socket == XINETD_DGRAM)
			s->protocol = "udp";
		s->specified[XINETD_PROTOCOL] = s->protocol != NULL;
	} else if (s->specified[XINETD_PROTOCOL] && !s->specified[XINETD_SOCKET_TYPE]) {
		if (strcasecmp(s->protocol, "tcp") == 0)
			s->socket = XINETD_STREAM;
		else if (strcasecmp(s->protocol, "udp") == 0)
			s->socket = XINETD_DGRAM;
		s->specified[XINETD_SOCKET_TYPE] = s->socket != 0;
	}
}

static void
fill(struct reading *r, struct xinetd_service *s)
{
	struct xinetd_service *def = r->conf->defaults;
	uint16_t port;

	if (s->specified[XINETD_REDIRECT])
		s->specified[XINETD_SERVER] = true;
	/* s->server comes first in xinetd: a service without one is named for that alone. */
	if (!(s->type & XINETD_INTERNAL) && !s->specified[XINETD_SERVER])
		refuse(s, NULL);
	if (!(s->type & XINETD_INTERNAL) && (s->flags & XINETD_NAMEINARGS) &&
	    !s->specified[XINETD_SERVER_ARGS])
		refuse(s, "not started: flag NAMEINARGS without server_args");
	if (!s->specified[XINETD_BIND] && def->specified[XINETD_BIND]) {
		s->specified[XINETD_BIND] = true;
		s->set[XINETD_BIND] = def->set[XINETD_BIND];
		s->bind = def->bind;
	}
	if (!s->traffic && def->traffic && !s->specified[XINETD_LOG_ON_SUCCESS])
		s->traffic = true;
	fill_protocol(s);
	if (s->specified[XINETD_PORT] || is_mux(s) || (s->type & XINETD_RPC))
		return;
	if (s->type & XINETD_UNLISTED)
		refuse(s, "not started: UNLISTED without a port");
	else if (!s->specified[XINETD_PROTOCOL])
		refuse(s, NULL);
	else if (!known_port(r, s, &port))
		refuse(s, arena_printf(r->ctx->arena,
				       "not started: no port, and %s/%s is not in "
				       "/etc/services",
				       s->name, s->protocol));
	else
		s->port = port;
}

/* Checks ------------------------------------------------------------------------------ */

/* What must be there, in the order of the manual; all that is missing is named (XINETD-23). */
static void
check_missing(struct reading *r, struct xinetd_service *s)
{
	bool external = !(s->type & XINETD_INTERNAL), unlisted = s->type & XINETD_UNLISTED;
	bool rpc = s->type & XINETD_RPC;
	const struct {
		enum xinetd_attr attr;
		bool must;
	} wanted[] = {
		{XINETD_SOCKET_TYPE, true},
		{XINETD_WAIT, true},
		{XINETD_USER, external},
		{XINETD_SERVER, external && !s->specified[XINETD_REDIRECT]},
		{XINETD_PROTOCOL, (external && unlisted) || rpc},
		{XINETD_PORT, external && unlisted && !is_mux(s) && !rpc},
		{XINETD_RPC_VERSION, rpc},
		{XINETD_RPC_NUMBER, rpc && unlisted},
	};
	char *names = NULL;

	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		if (wanted[i].must && !s->specified[wanted[i].attr])
			names = arena_printf(r->ctx->arena, "%s%s%s", names ? names : "",
					     names ? ", " : "", xinetd_attr_name(wanted[i].attr));
	if (!names)
		return;
	s->active = false;
	s->state = arena_printf(r->ctx->arena, "not started: missing %s", names);
	diag_add(r->ctx->diags, DIAG_WARNING, s->file, s->line, 1,
		 "service %s is not started: missing %s", s->id, names);
}

static const char *const internals[] = {"echo", "discard", "time", "daytime", "chargen"};

static void
check_internal(struct xinetd_service *s)
{
	if (s->flags & XINETD_SENSOR)
		s->type |= XINETD_INTERNAL;
	if (!(s->type & XINETD_INTERNAL) || (s->flags & XINETD_SENSOR))
		return;
	if (s->socket == XINETD_STREAM && strcasecmp(s->name, "tcpmux") == 0)
		return;
	for (size_t i = 0; i < COUNT_OF(internals); i++)
		if (strcasecmp(s->name, internals[i]) == 0 &&
		    (s->socket == XINETD_STREAM || s->socket == XINETD_DGRAM))
			return;
	refuse(s, "not started: xinetd has no such internal service");
}

static void
check_names(struct reading *r, struct xinetd_service *s)
{
	uint16_t port;

	if (s->type & XINETD_UNLISTED)
		return;
	if (s->type & XINETD_RPC) {
		if (!services_rpc(r->ctx->services, s->name, &s->rpc_number))
			refuse(s, "not started: not in /etc/rpc");
	} else if (!s->specified[XINETD_PROTOCOL]) {
		refuse(s, "not started: no protocol and no socket_type");
	} else if (!known_port(r, s, &port)) {
		refuse(s, arena_printf(r->ctx->arena, "not started: %s/%s is not in /etc/services",
				       s->name, s->protocol));
	} else if (s->specified[XINETD_PORT] && s->port != port) {
		refuse(s, arena_printf(r->ctx->arena,
				       "not started: /etc/services has port %u for it, not %u",
				       port, s->port));
	}
}

static void
check_sense(struct xinetd_service *s)
{
	if (is_mux(s) && !(s->type & XINETD_UNLISTED))
		refuse(s, "not started: TCPMUX needs UNLISTED");
	if (is_mux(s) && s->protocol && strcasecmp(s->protocol, "tcp") != 0)
		refuse(s, "not started: TCPMUX needs protocol tcp");
	if (s->specified[XINETD_REDIRECT]) {
		if (s->socket != XINETD_STREAM)
			refuse(s, "not started: redirect needs socket_type stream");
		if (s->wait)
			refuse(s, "not started: redirect with wait = yes");
		if (s->flags & XINETD_NAMEINARGS)
			refuse(s, "not started: redirect with flag NAMEINARGS");
	} else if (s->traffic) {
		refuse(s, "not started: TRAFFIC is for redirect services");
	}
	if ((s->flags & XINETD_NAMEINARGS) && (s->type & XINETD_INTERNAL))
		refuse(s, "not started: INTERNAL with flag NAMEINARGS");
}

static bool
same_rpc(const struct xinetd_service *a, const struct xinetd_service *b)
{
	return a->rpc_number == b->rpc_number && a->rpc_low <= b->rpc_high &&
	       b->rpc_low <= a->rpc_high;
}

static bool
same_protocol(const struct xinetd_service *a, const struct xinetd_service *b)
{
	return a->protocol && b->protocol && strcasecmp(a->protocol, b->protocol) == 0;
}

/* xinetd compares with an earlier service only when that one has an address. */
static bool
is_twin(const struct xinetd_service *a, const struct xinetd_service *b)
{
	if (!a->bind.family || a->port != b->port || !same_protocol(a, b))
		return false;
	if (b->bind.family && !net_addr_is(&a->bind, &b->bind))
		return false;
	return !(a->type & b->type & XINETD_RPC) || same_rpc(a, b);
}

/* Sockets ----------------------------------------------------------------------------- */

enum { ON_V4 = 1, ON_V6 = 2 };

/*
 * xinetd writes the family of "flags" into the address of "bind" without a look at it: an
 * address of the other family becomes the wildcard.
 */
uint8_t
xinetd_family(const struct xinetd_service *s)
{
	if (s->flags & XINETD_IPV6)
		return AF_INET6;
	if (s->flags & XINETD_IPV4)
		return AF_INET;
	return s->bind.family ? s->bind.family : AF_INET6;
}

static void
settle_family(struct start_ctx *ctx, struct xinetd_service *s)
{
	if (!s->bind.family || s->bind.family == xinetd_family(s))
		return;
	diag_add(ctx->diags, DIAG_WARNING, s->file, s->line, 1,
		 "service %s: flags ask for another family than bind has; xinetd then listens on "
		 "all addresses",
		 s->id);
	s->bind = (struct net_addr){0};
}

/* What the kernel can open; a raw socket of any protocol. */
static const struct {
	unsigned socket;
	const char *protocol;
} sockets[] = {
	{XINETD_STREAM, "tcp"}, {XINETD_STREAM, "sctp"},   {XINETD_STREAM, "mptcp"},
	{XINETD_DGRAM, "udp"},  {XINETD_DGRAM, "udplite"}, {XINETD_SEQPACKET, "sctp"},
};

static void
check_socket(struct xinetd_service *s)
{
	if (s->socket == XINETD_RAW)
		return;
	for (size_t i = 0; i < COUNT_OF(sockets); i++)
		if (s->socket == sockets[i].socket && s->protocol &&
		    strcasecmp(s->protocol, sockets[i].protocol) == 0)
			return;
	refuse(s, "not started: the system has no such socket_type for the protocol");
}

/* "v6only = no" switches it on too: xinetd asks whether the attribute was given. */
static unsigned
families(const struct xinetd_service *s)
{
	if (xinetd_family(s) == AF_INET)
		return ON_V4;
	if (s->bind.family)
		return ON_V6;
	return s->specified[XINETD_V6ONLY] ? ON_V6 : ON_V4 | ON_V6;
}

static bool
is_wild(const struct xinetd_service *s)
{
	return !s->bind.family || net_addr_is_wildcard(&s->bind);
}

/* The kernel gives a listening TCP port once per address; UDP sockets may share (SO_REUSEADDR). */
static bool
takes_port_of(const struct xinetd_service *a, const struct xinetd_service *b)
{
	if (a->port != b->port || !same_protocol(a, b) || a->socket != XINETD_STREAM ||
	    ((a->type | b->type) & XINETD_RPC) || is_mux(a) || is_mux(b))
		return false;
	return (families(a) & families(b)) &&
	       (is_wild(a) || is_wild(b) || net_addr_is(&a->bind, &b->bind));
}

static void
check_others(struct reading *r, size_t at)
{
	struct xinetd_service *s = r->conf->v[at];

	for (size_t i = 0; i < at && s->active; i++) {
		const struct xinetd_service *other = r->conf->v[i];

		if (other->active && (is_twin(other, s) || takes_port_of(other, s)))
			refuse(s, arena_printf(r->ctx->arena,
					       "not started: the port is that of %s (%s line %u)",
					       other->id, other->file, other->line));
	}
}

/* A service that is off is shown with what it would open. */
static void
describe(struct reading *r, struct xinetd_service *s)
{
	uint16_t port;

	fill_protocol(s);
	if (s->type & XINETD_RPC)
		(void)(s->rpc_number || services_rpc(r->ctx->services, s->name, &s->rpc_number));
	else if (!s->specified[XINETD_PORT] && known_port(r, s, &port))
		s->port = port;
}

static void
decide(struct reading *r, size_t at)
{
	struct xinetd_service *s = r->conf->v[at];
	const char *before = s->state;

	apply_lists(r, s);
	if (!s->active) {
		describe(r, s);
		return;
	}
	fill(r, s);
	check_internal(s);
	check_missing(r, s);
	check_names(r, s);
	check_sense(s);
	if (r->conf->ends)
		refuse(s, "not started: xinetd ends at a mistake in defaults");
	settle_family(r->ctx, s);
	check_socket(s);
	check_others(r, at);
	if (!s->active && (!s->state || s->state == before))
		s->state = "not started";
}

struct xinetd_conf *
xinetd_conf_read(struct start_ctx *ctx, const char *path)
{
	struct reading r = {.ctx = ctx};

	if (!root_exists(ctx->root, path)) {
		/* Says why, unless it is simply not there. */
		start_parse(ctx, &syn_format_xinetd, path);
		return NULL;
	}
	r.conf = arena_alloc(ctx->arena, sizeof(*r.conf));
	r.conf->defaults = arena_alloc(ctx->arena, sizeof(*r.conf->defaults));
	r.conf->enabled = map_of(ctx->arena);
	r.conf->disabled = map_of(ctx->arena);
	r.values = (struct xinetd_values){ctx, accounts_read(ctx->root, ctx->arena)};
	read_file(&r, path, false);
	for (size_t i = 0; i < r.conf->n; i++)
		decide(&r, i);
	return r.conf;
}
