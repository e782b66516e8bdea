/*
 * xinetd: /etc/xinetd.conf and what it includes. What counts as enabled is decided in xinetd.c;
 * this file makes records of it (XINETD-1..7, XINETD-23, AUD-23).
 */
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "start/services.h"
#include "start/xinetd.h"

#define CONF "/etc/xinetd.conf"

static const char *
value(struct start_ctx *ctx, const struct xinetd_service *s, enum xinetd_attr attr)
{
	return s->specified[attr] && s->set[attr].n_values
		       ? span_dup(ctx->arena, s->set[attr].values[0].text)
		       : NULL;
}

/* server and server_args, which leave the program's name out unless NAMEINARGS is set. */
static const char **
command_of(struct start_ctx *ctx, const struct xinetd_service *s)
{
	const struct xinetd_setting *args = &s->set[XINETD_SERVER_ARGS];
	uint32_t n = s->specified[XINETD_SERVER_ARGS] ? args->n_values : 0, skip = 0;
	const char *server = value(ctx, s, XINETD_SERVER);
	const char **argv;

	if (!server)
		return NULL;
	/* For tcpd the first word is the daemon it runs, not a name to show. */
	if ((s->flags & XINETD_NAMEINARGS) && strcmp(text_basename(server), "tcpd") != 0)
		skip = n ? 1 : 0;
	argv = arena_array(ctx->arena, n - skip + 2, sizeof(*argv));
	argv[0] = server;
	for (uint32_t i = skip; i < n; i++)
		argv[i - skip + 1] = span_dup(ctx->arena, args->values[i].text);
	return argv;
}

static uint8_t
family_of(const struct xinetd_service *s)
{
	if (xinetd_family(s) == AF_INET || s->bind.family)
		return xinetd_family(s);
	return s->specified[XINETD_V6ONLY] ? AF_INET6 : AF_UNSPEC;
}

static void
add_port(struct start_ctx *ctx, struct start *start, const struct xinetd_service *s)
{
	enum net_proto proto;
	struct start_port *port;

	/* "TCP" is an alias in /etc/protocols. Clients of tcpmux have no socket of their own. */
	if (!s->protocol ||
	    !net_proto_parse(span_of(span_lower(ctx->arena, span_of(s->protocol))), &proto) ||
	    (s->type & (XINETD_TCPMUX | XINETD_TCPMUXPLUS)))
		return;
	port = start_port_add(ctx, start, s->socket == XINETD_RAW ? NET_RAW : proto);
	port->family = family_of(s);
	port->addr = s->bind;
	port->name = s->name;
	port->port = s->port;
	/* A raw socket has a protocol where others have a port. */
	if (s->socket == XINETD_RAW)
		(void)services_protocol(ctx->services, s->protocol, &port->port);
	if (s->type & XINETD_RPC) {
		port->rpc_program = s->rpc_number;
		port->rpc_low = s->rpc_low;
		port->rpc_high = s->rpc_high;
	}
}

/* Its id, and the file's name: wu-ftpd holds "service ftp" (XINETD-3). */
static const char **
aliases_of(struct start_ctx *ctx, const struct xinetd_service *s)
{
	const char **aliases = arena_array(ctx->arena, 3, sizeof(*aliases));
	size_t n = 0;

	if (strcasecmp(s->id, s->name) != 0)
		aliases[n++] = s->id;
	if (strcmp(s->file, CONF) != 0 && strcmp(text_basename(s->file), s->name) != 0)
		aliases[n++] = text_basename(s->file);
	return n ? aliases : NULL;
}

static void
add_record(struct start_ctx *ctx, const struct xinetd_service *s, bool installed)
{
	struct start *start = start_add(ctx, "xinetd", s->name, s->file, s->line);

	start->enabled = s->active;
	start->when = START_ON_DEMAND;
	start->state = s->state;
	start->listens_itself = true;
	if (s->switch_line) {
		start->switch_file = s->switch_file;
		start->switch_line = s->switch_line;
	}
	if (s->active)
		start->off = arena_printf(ctx->arena,
					  "set \"disable = yes\" in service %s at %s line %u, "
					  "then reload xinetd",
					  s->name, s->file, s->line);
	start->command = command_of(ctx, s);
	start->user = value(ctx, s, XINETD_USER);
	start->group = value(ctx, s, XINETD_GROUP);
	add_port(ctx, start, s);
	start->aliases = aliases_of(ctx, s);
	start_find_exe(ctx, start);
	if (s->type & XINETD_INTERNAL)
		start->note = "built into xinetd";
	else if (s->type & (XINETD_TCPMUX | XINETD_TCPMUXPLUS))
		start->note = "offered through tcpmux, not by a port of its own";
	else if (s->specified[XINETD_REDIRECT])
		start->note = arena_printf(ctx->arena, "passes connections on to %s",
					   value(ctx, s, XINETD_REDIRECT));
	else if (s->description)
		start->note = s->description;
	if (!installed)
		start->note = arena_printf(ctx->arena, "%s%sxinetd is not installed",
					   start->note ? start->note : "", start->note ? "; " : "");
}

static void
read_named(struct start_ctx *ctx, const char *path)
{
	struct xinetd_conf *conf = xinetd_conf_read(ctx, path);
	bool installed = root_exists(ctx->root, "/usr/sbin/xinetd") ||
			 root_exists(ctx->root, "/sbin/xinetd") ||
			 root_exists(ctx->root, "/usr/local/sbin/xinetd");

	for (size_t i = 0; conf && i < conf->n; i++)
		add_record(ctx, conf->v[i], installed);
}

static void
read(struct start_ctx *ctx)
{
	read_named(ctx, CONF);
}

const struct start_reader start_reader_xinetd = {
	.mechanism = "xinetd",
	.doc = "/etc/xinetd.conf and what it includes; enabled unless \"disable\", the lists "
	       "\"enabled\" and \"disabled\", or a mistake says otherwise",
	.read = read,
	.read_file = read_named,
};
