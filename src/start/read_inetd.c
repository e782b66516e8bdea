/*
 * inetd: /etc/inetd.conf, /etc/inetd.d/ (GNU) and what they include (NetBSD). A line in force is
 * enabled; a line switched off by a tool or a person is a record too, so that it can be listed
 * and switched on again (INETD-1..6, AUD-22, START-10). What "tcp" opens depends on which inetd
 * is installed: super-servers.md section 2.2.
 */
#include <fnmatch.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/num.h"
#include "start/accounts.h"
#include "start/script.h"
#include "start/services.h"
#include "start/start.h"
#include "start/xinetd.h"
#include "syntax/inetd.h"

/*
 * Who would read the file, in the order of probability; the first installed one's dialect counts.
 * busybox comes last: it is on most machines without being anybody's inetd.
 */
static const struct server {
	const char *mark; /* a file that only this one has */
	const char *name;
	enum inetd_dialect dialect;
} servers[] = {
	{"/etc/init.d/openbsd-inetd", "openbsd-inetd", INETD_OPENBSD},
	{"/usr/sbin/openbsd-inetd", "openbsd-inetd", INETD_OPENBSD},
	{"/usr/sbin/inetutils-inetd", "inetutils-inetd", INETD_GNU},
	{"/usr/sbin/inetd", "inetd", INETD_OPENBSD},
	{"/usr/sbin/rlinetd", "rlinetd", INETD_GNU},
	{"/usr/sbin/xinetd", "xinetd", INETD_XINETD},
	{"/bin/busybox", "busybox", INETD_BUSYBOX},
};

struct reading {
	struct start_ctx *ctx;
	struct accounts *accounts;
	const struct server *server; /* NULL = none */
	bool by_xinetd;
	struct xinetd_conf *xinetd; /* what xinetd has by itself, NULL = no file */
	bool update_inetd;
	unsigned depth, n_files;
};

/* /etc/default/xinetd, a shell file: the last plain assignment counts. */
static bool
xinetd_reads_inetd(const struct start_ctx *ctx)
{
	struct span text;
	bool yes = false;

	if (root_read(ctx->root, "/etc/default/xinetd", ctx->arena, LIMIT_FILE_BYTES, &text) < 0)
		return false;
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (!span_starts(line, "INETD_COMPAT="))
			continue;
		line = span_skip(line, sizeof("INETD_COMPAT=") - 1);
		if (line.n && (line.p[0] == '"' || line.p[0] == '\''))
			line = span_skip(line, 1);
		yes = line.n && (line.p[0] == 'y' || line.p[0] == 'Y');
	}
	return yes;
}

static const struct server *
find_server(const struct start_ctx *ctx)
{
	for (size_t i = 0; i < COUNT_OF(servers); i++) {
		if (!root_exists(ctx->root, servers[i].mark))
			continue;
		if (servers[i].dialect != INETD_XINETD || xinetd_reads_inetd(ctx))
			return &servers[i];
	}
	return NULL;
}

/* Ports ------------------------------------------------------------------------------- */

static bool
proto_of(const struct inetd_entry *e, enum net_proto *ret)
{
	static const enum net_proto by_socket[] = {
		[INETD_STREAM] = NET_UNIX_STREAM,       [INETD_DGRAM] = NET_UNIX_DGRAM,
		[INETD_RAW] = NET_UNIX_DGRAM,           [INETD_RDM] = NET_UNIX_DGRAM,
		[INETD_SEQPACKET] = NET_UNIX_SEQPACKET, [INETD_BAD_SOCKET] = NET_UNIX_STREAM,
	};

	if (e->is_unix) {
		*ret = by_socket[e->socket];
		return true;
	}
	if (net_proto_parse(e->protocol, ret))
		return true;
	/* OpenBSD's opens a socket of the type, whatever the protocol is called. */
	*ret = e->socket == INETD_STREAM ? NET_TCP : NET_UDP;
	return e->socket == INETD_STREAM || e->socket == INETD_DGRAM;
}

static void
add_port(struct reading *r, struct start *start, const struct inetd_entry *e, uint32_t number,
	 uint8_t family, struct net_addr addr)
{
	struct start_port *port;
	enum net_proto proto;

	if (!proto_of(e, &proto))
		return;
	port = start_port_add(r->ctx, start, proto);
	port->family = family;
	port->addr = addr;
	port->port = e->rpc ? 0 : number;
	port->name = start->name;
	if (e->is_unix)
		port->path = span_dup(r->ctx->arena, e->path);
	if (e->rpc) {
		port->rpc_program = number;
		port->rpc_low = e->rpc_low;
		port->rpc_high = e->rpc_high;
	}
}

/* One wildcard: a socket for each family that the protocol's name stands for. */
static void
add_wildcard(struct reading *r, struct start *start, const struct inetd_entry *e, uint32_t number)
{
	struct net_addr any = {0};

	if (e->dual)
		add_port(r, start, e, number, AF_UNSPEC, any);
	if (e->v4)
		add_port(r, start, e, number, AF_INET, any);
	if (e->v6only)
		add_port(r, start, e, number, AF_INET6, any);
	if (e->is_unix)
		add_port(r, start, e, number, AF_UNIX, any);
}

/* The addresses that /etc/hosts has for a name; other names are left to the running inetd. */
static bool
add_named(struct reading *r, struct start *start, const struct inetd_entry *e, uint32_t number,
	  struct span name)
{
	struct span text;
	bool any = false;

	if (root_read(r->ctx->root, "/etc/hosts", r->ctx->arena, LIMIT_FILE_BYTES, &text) < 0)
		return false;
	while (text.n) {
		struct span line = span_cut(&text, '\n'), rest = span_cut(&line, '#'), word;
		struct net_addr addr;

		if (!net_addr_parse(span_word(&rest), &addr))
			continue;
		while (word = span_word(&rest), word.n) {
			if (word.n != name.n || strncasecmp(word.p, name.p, name.n) != 0)
				continue;
			any = true;
			if (addr.family == AF_INET ? e->v4 : e->v6)
				add_port(r, start, e, number, addr.family, addr);
			break;
		}
	}
	return any;
}

static void
add_ports(struct reading *r, struct start *start, const struct inetd_entry *e, uint32_t number)
{
	struct span hosts = e->hosts, host;
	bool any = false;

	while (!e->is_unix && inetd_hosts_next(&hosts, &host)) {
		struct net_addr addr;

		any = true;
		if (span_is(host, "*")) {
			add_wildcard(r, start, e, number);
		} else if (net_addr_parse(host, &addr)) {
			if (addr.family == AF_INET ? e->v4 : e->v6)
				add_port(r, start, e, number, addr.family, addr);
		} else if (!add_named(r, start, e, number, host)) {
			start->note = arena_printf(r->ctx->arena,
						   "listens at the address of the name %.*s",
						   SPAN_ARG(host));
		}
	}
	if (!any)
		add_wildcard(r, start, e, number);
}

/* Deciding ---------------------------------------------------------------------------- */

/* OpenBSD's looks for "time/tcp46" in /etc/services: there only a number will do. */
static bool
named_port(const struct reading *r, const struct inetd_entry *e)
{
	return !e->odd_protocol && !(e->dual && r->server && r->server->dialect == INETD_OPENBSD);
}

/* NULL when the server would take it; *ret_number is the port or RPC program. */
static const char *
find_number(struct reading *r, const struct inetd_entry *e, const char *name, uint32_t *ret_number)
{
	const struct services *services = r->ctx->services;
	enum net_proto proto;
	uint16_t port;

	*ret_number = 0;
	if (e->is_unix || e->tcpmux)
		return NULL;
	if (e->rpc)
		return num_u32(span_of(name), UINT32_MAX, ret_number) ||
				       services_rpc(services, name, ret_number)
			       ? NULL
			       : "not in /etc/rpc";
	if (!proto_of(e, &proto))
		return "no protocol that is known here";
	if ((!r->by_xinetd && num_port(span_of(name), &port)) ||
	    (named_port(r, e) && services_port(services, name, proto, &port))) {
		*ret_number = port;
		return NULL;
	}
	return "not in /etc/services";
}

/* What "internal" can be: RFC 862-864, 867, 868; FreeBSD's and NetBSD's have more. */
static const char *const builtins[] = {"echo", "discard", "chargen", "daytime", "time"};

static bool
is_builtin(const struct reading *r, const char *name, const struct inetd_entry *e)
{
	/* xinetd's compat table has no discard ("service discard not supported"). */
	if (r->by_xinetd && strcmp(name, "discard") == 0)
		return false;
	if (!r->by_xinetd && (!r->server || r->server->dialect != INETD_OPENBSD))
		return true;
	for (size_t i = 0; i < COUNT_OF(builtins); i++)
		if (strcmp(name, builtins[i]) == 0)
			return e->socket == INETD_STREAM || e->socket == INETD_DGRAM;
	return false;
}

static const char *
account_wrong(struct reading *r, const struct inetd_entry *e)
{
	struct arena *arena = r->ctx->arena;

	/* ":group" alone is root with that group in OpenBSD's. */
	if (e->user.n && !accounts_has_user(r->accounts, span_dup(arena, e->user)))
		return arena_printf(arena, "unknown user %.*s", SPAN_ARG(e->user));
	if (e->group.n && !accounts_has_group(r->accounts, span_dup(arena, e->group)))
		return arena_printf(arena, "unknown group %.*s", SPAN_ARG(e->group));
	return NULL;
}

/*
 * With xinetd as the reader only its lists count. Debian's README says that a section of the same
 * id hides the line, even if off; the program (2.3.15.3) opens both, as tests/differential shows.
 */
static const char *
forbidden(const struct reading *r, const char *name, const struct inetd_entry *e)
{
	struct arena *arena = r->ctx->arena;
	const char *id = name;

	if (!r->by_xinetd)
		return NULL;
	if (e->internal)
		id = arena_printf(arena, "%s-%s", name,
				  e->socket == INETD_STREAM ? "stream" : "dgram");
	return r->xinetd ? xinetd_forbids(arena, r->xinetd, id)
			 : "xinetd does not start without a configuration of its own";
}

static const char *
off_words(struct reading *r, const struct start *start)
{
	if (r->update_inetd)
		return arena_printf(r->ctx->arena, "update-inetd --disable %s",
				    script_quote(r->ctx, start->name));
	return arena_printf(r->ctx->arena, "put a '#' before line %u of %s, then reload inetd",
			    start->line, start->file);
}

/* The program and its words without argv[0]; for tcpd argv[0] is the daemon it runs. */
static const char **
command_of(struct reading *r, const struct inetd_entry *e)
{
	const char *program = span_dup(r->ctx->arena, e->program);
	bool tcpd = strcmp(text_basename(program), "tcpd") == 0;
	uint32_t skip = e->argc && !tcpd ? 1 : 0;
	const char **argv = arena_array(r->ctx->arena, e->argc - skip + 2, sizeof(*argv));

	argv[0] = program;
	for (uint32_t i = skip; i < e->argc; i++)
		argv[i - skip + 1] = span_dup(r->ctx->arena, e->argv[i].text);
	return argv;
}

static const char *
state_of(struct reading *r, const struct syn_node *node, const struct inetd_entry *e,
	 const struct start *start, const char *why)
{
	if (node->kind == INETD_OFF)
		return "switched off by update-inetd";
	if (node->kind == INETD_COMMENTED)
		return "commented out";
	if (!e->on)
		return "off";
	if (why)
		return arena_printf(r->ctx->arena, "not started: %s", why);
	return forbidden(r, start->name, e);
}

static void
add_record(struct reading *r, const struct syn_tree *tree, const struct syn_node *node,
	   struct span default_hosts)
{
	struct start_ctx *ctx = r->ctx;
	enum inetd_dialect dialect = r->server ? r->server->dialect : INETD_OPENBSD;
	struct inetd_entry e;
	struct start *start;
	uint32_t number;
	const char *why, *unknown;

	(void)inetd_entry_read(tree, node, dialect, &e, &why);
	/* A key-value entry is one of the dialect that has them, whoever is installed. */
	if (node->kind == INETD_KEYED)
		(void)inetd_entry_read(tree, node, INETD_NETBSD, &e, &why);
	if (!e.hosts.n)
		e.hosts = default_hosts;
	start = start_add(ctx, "inetd", span_dup(ctx->arena, e.name), tree->file, node->line);
	if (!why)
		why = find_number(r, &e, start->name, &number);
	else
		(void)find_number(r, &e, start->name, &number);
	if (!why && r->by_xinetd && !span_is(e.protocol, e.socket == INETD_STREAM ? "tcp" : "udp"))
		why = "the protocol does not go with the socket type";
	if (!why && e.internal && !is_builtin(r, start->name, &e))
		why = "inetd has no such internal service";
	unknown = why ? NULL : account_wrong(r, &e);
	/* OpenBSD's asks for the account only when a client comes: the port is open until then. */
	if (unknown && r->server && r->server->dialect != INETD_OPENBSD)
		why = unknown;
	start->state = state_of(r, node, &e, start, why);
	start->enabled = !start->state;
	if (start->enabled) {
		start->state = "line in force";
		start->off = off_words(r, start);
	} else if (why && e.on) {
		diag_add(ctx->diags, DIAG_WARNING, tree->file, node->line, node->col,
			 "service %s is not started: %s", start->name, why);
	}
	if (unknown && start->enabled)
		diag_add(ctx->diags, DIAG_WARNING, tree->file, node->line, node->col,
			 "service %s listens but cannot start: %s", start->name, unknown);
	start->when = START_ON_DEMAND;
	start->listens_itself = true;
	if (e.user.n)
		start->user = span_dup(ctx->arena, e.user);
	if (e.group.n)
		start->group = span_dup(ctx->arena, e.group);
	if (e.internal) {
		start->note = "built into inetd";
	} else if (e.program.n) {
		start->command = command_of(r, &e);
		start_find_exe(ctx, start);
	}
	if (e.tcpmux)
		start->note = "offered through tcpmux, not by a port of its own";
	else
		add_ports(r, start, &e, number);
	if (!r->server)
		start->note = arena_printf(ctx->arena,
					   "%s%sno program that reads this file is "
					   "installed",
					   start->note ? start->note : "", start->note ? "; " : "");
}

static void read_file(struct reading *r, const char *path);

/* NetBSD's ".include": a pattern in the last component. */
static void
read_include(struct reading *r, const struct syn_node *node)
{
	const char *pattern = span_dup(r->ctx->arena, node->words[0].text);
	const char *base = text_basename(pattern);
	const char *dir = arena_dupn(r->ctx->arena, pattern, (size_t)(base - pattern));
	struct root_dir entries = start_list_dir(r->ctx, *dir ? dir : "/");

	for (size_t i = 0; i < entries.n; i++)
		if (fnmatch(base, entries.v[i].name, FNM_PERIOD) == 0)
			read_file(r, arena_printf(r->ctx->arena, "%s%s", dir, entries.v[i].name));
}

static void
read_file(struct reading *r, const char *path)
{
	struct span default_hosts = {0};
	struct syn_tree *tree;

	if (r->depth >= LIMIT_INCLUDE_DEPTH || r->n_files >= LIMIT_INCLUDE_FILES) {
		diag_add(r->ctx->diags, DIAG_ERROR, path, 0, 0,
			 "included too deep (%u) or one file too many (%u), not read",
			 LIMIT_INCLUDE_DEPTH, LIMIT_INCLUDE_FILES);
		return;
	}
	r->depth++;
	r->n_files++;
	tree = start_parse(r->ctx, &syn_format_inetd, path);
	for (size_t i = 0; tree && i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind == INETD_HOST)
			default_hosts = node->words[0].text;
		else if (node->kind == INETD_INCLUDE)
			read_include(r, node);
		else if (node->kind >= INETD_ENTRY && node->kind <= INETD_KEYED)
			add_record(r, tree, node, default_hosts);
	}
	r->depth--;
}

static struct reading
begin(struct start_ctx *ctx)
{
	return (struct reading){
		.ctx = ctx,
		.accounts = accounts_read(ctx->root, ctx->arena),
		.server = find_server(ctx),
		.update_inetd = root_exists(ctx->root, "/usr/sbin/update-inetd"),
	};
}

static void
read(struct start_ctx *ctx)
{
	struct reading r = begin(ctx);
	struct root_dir dir;

	if (r.server && r.server->dialect == INETD_XINETD) {
		struct diags unheard = diags_of(ctx->arena); /* the xinetd reader tells them */
		struct start_ctx quiet = *ctx;

		quiet.diags = &unheard;
		r.by_xinetd = true;
		r.xinetd = xinetd_conf_read(&quiet, "/etc/xinetd.conf");
	}
	read_file(&r, "/etc/inetd.conf");
	dir = start_list_dir(ctx, "/etc/inetd.d");
	for (size_t i = 0; i < dir.n; i++)
		if (dir.v[i].name[0] != '.')
			read_file(&r, arena_printf(ctx->arena, "/etc/inetd.d/%s", dir.v[i].name));
}

static void
read_named(struct start_ctx *ctx, const char *path)
{
	struct reading r = begin(ctx);

	read_file(&r, path);
}

const struct start_reader start_reader_inetd = {
	.mechanism = "inetd",
	.doc = "/etc/inetd.conf and /etc/inetd.d; a line in force is enabled, lines behind '#' or "
	       "\"#<off>#\" are shown as off",
	.read = read,
	.read_file = read_named,
};
