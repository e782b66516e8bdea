/*
 * A section's draft -> a service: what must be there, what fits together, where it listens, what
 * the program gets. Source: xinetd.conf(5), and for what xinetd refuses start/xinetd.c, which says
 * what the real one does.
 */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <syslog.h>

#include "base/limits.h"
#include "base/vec.h"
#include "conf/xinetd.h"
#include "conf/xinetd_differs.h"

/* xinetd.conf(5): "The default is 50 connections per second", and 10 seconds. */
#define DEFAULT_CPS 50
#define DEFAULT_WAIT 10

static bool
is_mux(const struct xin_draft *d)
{
	return d->type & (XINETD_TCPMUX | XINETD_TCPMUXPLUS);
}

struct xin_draft
xin_draft_of(struct conf_reading *reading)
{
	return (struct xin_draft){
		.reading = reading,
		.level = DIAG_ERROR,
		.s = {.umask = -1,
		      .front = "xinetd",
		      .limits = {.instances = SERVICE_UNLIMITED,
				 .per_source = SERVICE_UNLIMITED,
				 .v4_bits = 32,
				 .v6_bits = 64,
				 .rate = {DEFAULT_CPS, 1},
				 .penalty_s = DEFAULT_WAIT}},
		.unix_socket = {.owner = (uid_t)-1, .group = (gid_t)-1},
	};
}

/* What must be there -------------------------------------------------------------------------- */

/* Each of socket_type and protocol follows from the other. */
static void
fill_protocol(struct xin_draft *d)
{
	if (!d->protocol && !d->unix_socket.path) {
		if (d->socket == XINETD_STREAM)
			d->protocol = "tcp", d->protocol_number = IPPROTO_TCP;
		else if (d->socket == XINETD_DGRAM)
			d->protocol = "udp", d->protocol_number = IPPROTO_UDP;
	}
	if (d->given[XINETD_SOCKET_TYPE] || !d->protocol)
		return;
	if (d->protocol_number == IPPROTO_TCP)
		d->socket = XINETD_STREAM;
	else if (d->protocol_number == IPPROTO_UDP)
		d->socket = XINETD_DGRAM;
}

/* All that is missing in one sentence (XINETD-23). */
static void
check_missing(struct xin_draft *d)
{
	bool external = !(d->type & XINETD_INTERNAL), unlisted = d->type & XINETD_UNLISTED;
	bool rpc = d->type & XINETD_RPC, local = d->unix_socket.path != NULL;
	const struct {
		const char *name;
		bool must, there;
	} wanted[] = {
		{"socket_type", true, d->given[XINETD_SOCKET_TYPE] || d->socket},
		{"wait", true, d->given[XINETD_WAIT]},
		{"user", external, d->given[XINETD_USER]},
		{"server", external, d->given[XINETD_SERVER] || d->given[XINETD_REDIRECT]},
		{"protocol", d->socket && !local, d->given[XINETD_PROTOCOL] || d->protocol},
		{"port", unlisted && !is_mux(d) && !rpc && !local, d->given[XINETD_PORT]},
		{"rpc_version", rpc, d->given[XINETD_RPC_VERSION]},
		{"rpc_number", rpc && unlisted, d->given[XINETD_RPC_NUMBER]},
		{"server_args", d->flags & XINETD_NAMEINARGS, d->given[XINETD_SERVER_ARGS]},
	};
	const char *names = NULL;
	unsigned n = 0;

	for (size_t i = 0; i < COUNT_OF(wanted); i++)
		if (wanted[i].must && !wanted[i].there) {
			names = arena_printf(d->reading->scratch, "%s%s%s", names ? names : "",
					     names ? ", " : "", wanted[i].name);
			n++;
		}
	if (n)
		xin_wrong_at(d, 0, "%s %s missing", names, n > 1 ? "are" : "is");
}

/* What fits together -------------------------------------------------------------------------- */

/* internal services by name and by socket type */
static const char *const builtins[] = {"echo", "discard", "time", "daytime", "chargen"};

static void
check_internal(struct xin_draft *d)
{
	if (!(d->type & XINETD_INTERNAL) || (d->flags & XINETD_SENSOR))
		return;
	if (d->given[XINETD_REDIRECT])
		xin_wrong_at(d, d->given[XINETD_REDIRECT], "redirect is not for INTERNAL services");
	if (d->flags & XINETD_NAMEINARGS)
		xin_wrong_at(d, d->given[XINETD_FLAGS], "NAMEINARGS is not for INTERNAL services");
	if (strcasecmp(d->name, "tcpmux") == 0 && d->socket == XINETD_STREAM) {
		d->s.kind = SERVICE_TCPMUX;
		return;
	}
	d->s.kind = SERVICE_BUILTIN;
	for (size_t i = 0; i < COUNT_OF(builtins); i++)
		if (strcasecmp(d->name, builtins[i]) == 0)
			d->s.builtin = builtins[i];
	if (!d->s.builtin || (d->socket != XINETD_STREAM && d->socket != XINETD_DGRAM))
		xin_wrong_at(d, d->given[XINETD_TYPE],
			     "there is no such INTERNAL service (echo, discard, time, daytime, "
			     "chargen, tcpmux)");
}

static void
check_redirect(struct xin_draft *d)
{
	uint32_t line = d->given[XINETD_REDIRECT];

	if (!line || (d->type & XINETD_INTERNAL))
		return;
	d->s.kind = SERVICE_REDIRECT;
	if (d->socket != XINETD_STREAM)
		xin_wrong_at(d, line, "redirect needs socket_type stream");
	if (d->s.wait)
		xin_wrong_at(d, line, "redirect needs wait = no");
	if (d->flags & XINETD_NAMEINARGS)
		xin_wrong_at(d, line, "redirect and NAMEINARGS do not fit together");
}

/* A mistake of two lines that cannot both be meant. */
static void
check_sense(struct xin_draft *d)
{
	const struct {
		bool wrong;
		unsigned attr;
		const char *text;
	} rows[] = {
		{is_mux(d) && !(d->type & XINETD_UNLISTED), XINETD_TYPE,
		 "TCPMUX needs UNLISTED too"},
		{is_mux(d) && d->protocol && d->protocol_number != IPPROTO_TCP, XINETD_PROTOCOL,
		 "TCPMUX needs protocol tcp"},
		{is_mux(d) && d->s.wait, XINETD_WAIT, "TCPMUX needs wait = no"},
		{is_mux(d) && (d->type & (XINETD_INTERNAL | XINETD_RPC)), XINETD_TYPE,
		 "TCPMUX is for programs"},
		{(d->type & XINETD_RPC) && (d->type & XINETD_INTERNAL), XINETD_TYPE,
		 "RPC is for programs"},
		/* Not offered: what they ask for would silently not happen. */
		{d->flags & XINETD_LABELED, XINETD_FLAGS, "LABELED is not offered"},
		{(d->flags & XINETD_IDONLY), XINETD_FLAGS, "IDONLY is not offered"},
		{(d->flags & XINETD_INTERCEPT) && d->s.wait, XINETD_FLAGS,
		 "INTERCEPT is not offered for wait = yes"},
		{d->s.wait && d->s.limits.over == OVER_QUEUE && d->given[XIN_ON_LIMIT],
		 XIN_ON_LIMIT, "on_limit = queue is not for wait = yes"},
		{d->unix_socket.path &&
			 (d->given[XINETD_PORT] || d->given[XINETD_BIND] ||
			  d->given[XINETD_PROTOCOL] || d->given[XIN_BIND_DEVICE] ||
			  (d->type & (XINETD_RPC | XINETD_TCPMUX | XINETD_TCPMUXPLUS)) ||
			  (d->flags & (XINETD_IPV4 | XINETD_IPV6))),
		 XIN_SOCKET,
		 "socket does not go with port, protocol, bind, bind_device, RPC, "
		 "TCPMUX, IPv4 or IPv6"},
		{d->s.wait && d->socket != XINETD_DGRAM && d->socket != XINETD_RAW &&
			 !(d->type & XINETD_INTERNAL) && (d->has_only_from || d->no_access.n),
		 XINETD_WAIT,
		 "only_from and no_access cannot be kept with wait = yes: the program accepts "
		 "the connections itself"},
		{d->unix_socket.path && d->socket == XINETD_RAW, XIN_SOCKET,
		 "socket does not go with socket_type raw"},
		{(d->flags & XINETD_SENSOR) && d->given[XINETD_REDIRECT], XINETD_FLAGS,
		 "a SENSOR has no redirect"},
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rows[i].wrong)
			xin_wrong_at(d, d->given[rows[i].attr], "%s", rows[i].text);
}

/* What the kernel can open; a raw socket of any protocol. */
static const struct {
	unsigned socket;
	int type, protocol;
	enum net_proto net;
} sockets[] = {
	{XINETD_STREAM, SOCK_STREAM, IPPROTO_TCP, NET_TCP},
	{XINETD_STREAM, SOCK_STREAM, IPPROTO_SCTP, NET_SCTP},
	{XINETD_STREAM, SOCK_STREAM, IPPROTO_MPTCP, NET_TCP},
	{XINETD_DGRAM, SOCK_DGRAM, IPPROTO_UDP, NET_UDP},
	{XINETD_DGRAM, SOCK_DGRAM, IPPROTO_UDPLITE, NET_UDPLITE},
	{XINETD_SEQPACKET, SOCK_SEQPACKET, IPPROTO_SCTP, NET_SCTP},
};

static int
type_of(unsigned socket)
{
	return socket == XINETD_STREAM  ? SOCK_STREAM
	       : socket == XINETD_DGRAM ? SOCK_DGRAM
	       : socket == XINETD_RAW   ? SOCK_RAW
					: SOCK_SEQPACKET;
}

/* Gives the protocol under which /etc/services knows ports, NET_N_PROTOS = none. */
static enum net_proto
settle_socket(struct xin_draft *d)
{
	d->s.type = type_of(d->socket);
	d->s.protocol = (int)d->protocol_number;
	if (d->socket == XINETD_RAW || d->unix_socket.path || !d->protocol)
		return NET_N_PROTOS;
	for (size_t i = 0; i < COUNT_OF(sockets); i++)
		if (sockets[i].socket == d->socket &&
		    sockets[i].protocol == (int)d->protocol_number)
			return sockets[i].net;
	xin_wrong_at(d, d->given[XINETD_PROTOCOL], "there is no such socket_type for protocol %s",
		     d->protocol);
	return NET_N_PROTOS;
}

/* Ports -----------------------------------------------------------------------------------------
 */

static void
settle_rpc(struct xin_draft *d)
{
	struct service_rpc *rpc;

	if (!(d->type & XINETD_UNLISTED) && !conf_rpc(d->reading, d->name, &d->rpc.program))
		xin_wrong_at(d, 0, "is not in /etc/rpc (type = UNLISTED and rpc_number?)");
	d->rpc.name = conf_text(d->reading, span_of(d->name));
	rpc = arena_alloc(d->reading->serve->arena, sizeof(*rpc));
	*rpc = d->rpc;
	d->s.rpc = rpc;
}

/* A listed service has the port of /etc/services and no other. */
static void
settle_port(struct xin_draft *d, enum net_proto net)
{
	uint16_t port;

	if (d->unix_socket.path || d->socket == XINETD_RAW || is_mux(d))
		return;
	if (d->type & XINETD_RPC) {
		settle_rpc(d);
		return;
	}
	if ((d->type & XINETD_UNLISTED) || net == NET_N_PROTOS)
		return;
	if (!conf_port(d->reading, d->name, net, &port)) {
		xin_wrong_at(d, 0, "%s/%s is not in /etc/services (type = UNLISTED and port?)",
			     d->name, d->protocol);
		return;
	}
	if (!d->n_ports) {
		d->ports = arena_array(d->reading->scratch, 1, sizeof(*d->ports));
		d->ports[d->n_ports++] = port;
	} else if (d->n_ports > 1 || d->ports[0] != port) {
		xin_wrong_at(d, d->given[XINETD_PORT],
			     "/etc/services has port %u for it (type = UNLISTED?)", port);
	}
}

/* Addresses -------------------------------------------------------------------------------------
 */

static int
wanted_family(const struct xin_draft *d)
{
	return d->flags & XINETD_IPV6 ? AF_INET6 : d->flags & XINETD_IPV4 ? AF_INET : 0;
}

/* A name gives its first address of the family, as in xinetd. */
static bool
resolve(struct xin_draft *d, const char *name, struct net_addr *ret)
{
	const struct conf_lookup *lookup = d->reading->options->lookup;
	struct net_addr found[LIMIT_HOST_ADDRESSES];
	int family = wanted_family(d);
	size_t n = lookup->host(lookup->data, name, found, COUNT_OF(found));

	for (size_t i = 0; i < n; i++)
		if (!family || found[i].family == family) {
			*ret = found[i];
			return true;
		}
	return false;
}

static void
bind_wrong(struct xin_draft *d, const struct access_item *item, const char *text)
{
	d->wrong = true;
	diag_add(&d->reading->serve->diags, d->level, item->file, item->line, item->col,
		 "service %s: bind: '%s' %s", d->name, item->text, text);
}

static bool
address_of(struct xin_draft *d, const struct access_item *item, struct net_addr *ret)
{
	int family = wanted_family(d);

	if (!net_addr_parse(span_of(item->text), ret) && !resolve(d, item->text, ret)) {
		bind_wrong(d, item, "has no address of that kind");
		return false;
	}
	/* xinetd would listen on all addresses then. */
	if (family && ret->family != family) {
		bind_wrong(d, item, "is of another family than flags ask for");
		return false;
	}
	return true;
}

/* The addresses to listen on; none: a mistake. */
static uint32_t
addresses_of(struct xin_draft *d, struct net_addr **ret)
{
	size_t most = d->binds.n ? d->binds.n : 1;
	struct net_addr *v = arena_array(d->reading->scratch, most, sizeof(*v));
	uint32_t n = 0;

	*ret = v;
	if (!d->binds.n)
		v[n++] = (struct net_addr){.family = wanted_family(d) == AF_INET ? AF_INET
										 : AF_INET6};
	for (size_t i = 0; i < d->binds.n; i++)
		n += address_of(d, &d->binds.v[i], &v[n]);
	return n;
}

static void
settle_unix(struct xin_draft *d)
{
	d->s.listeners = arena_alloc(d->reading->serve->arena, sizeof(*d->s.listeners));
	d->s.listeners[0] = d->unix_socket;
	d->s.listeners[0].device = NULL;
	d->s.n_listeners = 1;
}

static void
settle_listeners(struct xin_draft *d)
{
	struct net_addr *addresses;
	uint32_t n_ports = d->n_ports ? d->n_ports : 1, n, at = 0;

	d->s.muxed = is_mux(d);
	d->s.mux_plus = d->type & XINETD_TCPMUXPLUS;
	if (is_mux(d))
		return;
	if (d->unix_socket.path) {
		settle_unix(d);
		return;
	}
	n = addresses_of(d, &addresses);
	if ((uint64_t)n * n_ports > LIMIT_LISTENERS) {
		xin_wrong_at(d, d->given[XINETD_PORT], "more than %u sockets", LIMIT_LISTENERS);
		return;
	}
	d->s.listeners = arena_array(d->reading->serve->arena, (size_t)n * n_ports + 1,
				     sizeof(*d->s.listeners));
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n_ports; k++)
			d->s.listeners[at++] = (struct service_listener){
				.addr = addresses[i],
				.port = d->n_ports ? d->ports[k] : 0,
				.v6only = d->v6only && addresses[i].family == AF_INET6,
				.device = d->unix_socket.device,
				.owner = (uid_t)-1,
				.group = (gid_t)-1,
			};
	d->s.n_listeners = at;
}

/* The program ------------------------------------------------------------------------------------
 */

static void
settle_account(struct xin_draft *d)
{
	struct service_account *a = &d->s.account;

	if (d->numeric_user && !d->given[XINETD_GROUP])
		xin_wrong_at(d, d->numeric_user,
			     "user: %s has no entry in passwd, so group is missing", a->user);
	a->groups = d->groups && a->user && !d->numeric_user ? GROUPS_OF_USER : GROUPS_NONE;
	a->switch_gid = a->switch_uid || a->group;
	if (!d->reading->options->privileged) {
		a->switch_uid = a->switch_gid = false;
		a->groups = GROUPS_KEEP;
	}
}

static void
settle_program(struct xin_draft *d)
{
	bool named = d->flags & XINETD_NAMEINARGS;
	const char **argv = arena_array(d->reading->serve->arena, d->args.n + 2, sizeof(*argv));
	size_t n = 0;

	if (d->s.kind != SERVICE_PROGRAM)
		return;
	if (!named)
		argv[n++] = conf_text(d->reading, span_of(text_basename(d->s.program)));
	for (size_t i = 0; i < d->args.n; i++)
		argv[n++] = d->args.v[i];
	d->s.argv = argv;
}

/* hosts_access(5) knows a server by the name of its process. */
static void
settle_wrap(struct xin_draft *d)
{
	const char *name = d->s.name;

	if ((d->flags & (XINETD_NOLIBWRAP | XINETD_SENSOR)) || d->reading->options->no_wrap)
		return;
	if (d->s.kind == SERVICE_PROGRAM)
		name = text_basename(d->flags & XINETD_NAMEINARGS ? d->args.v[0] : d->s.program);
	d->s.wrap = d->wrap ? d->wrap : conf_text(d->reading, span_of(name));
}

static void
push_env(struct xin_draft *d, struct xin_texts *list, const char *name)
{
	const char *value = getenv(name);
	size_t n = strlen(name);

	for (size_t i = 0; i < list->n; i++)
		if (strncmp(list->v[i], name, n) == 0 && list->v[i][n] == '=')
			return;
	if (value)
		vec_push(d->reading->scratch, list,
			 conf_text(d->reading, span_of(arena_printf(d->reading->scratch, "%s=%s",
								    name, value))));
}

/* env, then what passenv names, then what every program may expect. */
static const char *const *
env_of(struct xin_draft *d)
{
	struct xin_texts list = {0};
	const char **env;

	for (size_t i = 0; i < d->env.n; i++)
		vec_push(d->reading->scratch, &list, d->env.v[i]);
	for (size_t i = 0; i < d->passenv.n; i++)
		push_env(d, &list, d->passenv.v[i]);
	if (!d->passenv.n) {
		push_env(d, &list, "PATH");
		push_env(d, &list, "TZ");
	}
	env = arena_array(d->reading->serve->arena, list.n + 1, sizeof(*env));
	if (list.n)
		memcpy(env, list.v, list.n * sizeof(*env));
	return env;
}

/* Most services have the same one. */
static void
settle_env(struct xin_draft *d)
{
	bool common = !d->env.n && !d->given[XINETD_PASSENV];

	if (d->s.kind != SERVICE_PROGRAM)
		return;
	d->s.env = common && d->common->env ? d->common->env : env_of(d);
	if (common)
		d->common->env = d->s.env;
}

/* Who --------------------------------------------------------------------------------------------
 */

static uint64_t
hash_items(uint64_t h, const struct xin_items *items)
{
	for (size_t i = 0; i < items->n; i++)
		h = conf_hash_text(h, items->v[i].text);
	return conf_hash_text(h, NULL);
}

/* A service that is off: what is said about its lists is a warning. */
static struct access *
access_of(struct xin_draft *d, const struct access_lists *lists)
{
	struct diags *diags = &d->reading->serve->diags, own = diags_of(d->reading->scratch);
	struct access *access =
		access_of_lists(d->reading->serve->arena, d->reading->scratch, &own, lists);

	for (size_t i = 0; i < own.n; i++)
		diag_add(diags, own.v[i].level == DIAG_ERROR ? d->level : own.v[i].level,
			 own.v[i].file, own.v[i].line, own.v[i].col, "service %s: %s", d->name,
			 own.v[i].text);
	return access;
}

static uint64_t
settle_access(struct xin_draft *d)
{
	const struct access_lists lists = {
		.only_from = d->only_from.v,
		.n_only_from = (uint32_t)d->only_from.n,
		.no_access = d->no_access.v,
		.n_no_access = (uint32_t)d->no_access.n,
		.has_only_from = d->has_only_from,
		.networks = conf_networks(d->reading),
	};
	bool common = !d->given[XINETD_ONLY_FROM] && !d->given[XINETD_NO_ACCESS];
	uint64_t hash;

	if (!d->has_only_from && !d->no_access.n)
		return 0;
	if (common && d->common->access) {
		d->s.access = d->common->access;
		return d->common->access_hash;
	}
	d->s.access = access_of(d, &lists);
	d->wrong |= !d->s.access;
	hash = hash_items(hash_items(d->has_only_from, &d->only_from), &d->no_access);
	hash = conf_hash_text(hash, lists.networks.p); /* names in them may mean other nets */
	if (common) {
		d->common->access = d->s.access;
		d->common->access_hash = hash;
	}
	return hash;
}

static void
settle_rest(struct xin_draft *d)
{
	struct service_banners *banners;

	d->s.nodelay = d->flags & XINETD_NODELAY;
	d->s.keepalive = d->flags & XINETD_KEEPALIVE;
	d->s.no_retry = d->flags & XINETD_NORETRY;
	d->s.ask_user = (d->s.log_success | d->s.log_failure) & SERVICE_LOG_USERID;
	d->s.sink = d->has_sink ? conf_sink(d->reading, &d->sink) : d->reading->serve->sink;
	if (!d->has_banner)
		return;
	banners = arena_alloc(d->reading->serve->arena, sizeof(*banners));
	*banners = d->banners;
	d->s.banners = banners;
}

/* Logs and commands show it, and lines of logs are parted at blanks. */
static void
check_name(struct xin_draft *d, const char *what, const char *name)
{
	size_t n = strlen(name);

	if (n > LIMIT_ID_BYTES)
		xin_wrong_at(d, 0, "the %s is longer than %u bytes", what, LIMIT_ID_BYTES);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f) {
			xin_wrong_at(d, 0, "the %s holds a blank or a control character", what);
			return;
		}
}

struct service *
xin_make(struct xin_draft *d)
{
	struct conf_at at = {d->file, d->line, 1};
	struct service *service;
	uint64_t access_hash;

	d->s.name = conf_text(d->reading, span_of(d->name));
	d->s.id = conf_text(d->reading, span_of(d->id));
	d->s.place = (struct service_place){conf_text(d->reading, span_of(d->file)), d->line};
	if (d->flags & XINETD_SENSOR) {
		if (!(d->type & XINETD_INTERNAL) && !d->given[XINETD_SERVER])
			d->odd |= 1u << XIN_DIFFERS_SENSOR;
		d->type |= XINETD_INTERNAL;
		d->s.kind = SERVICE_SENSOR;
	}
	check_name(d, "name", d->name);
	check_name(d, "id", d->id);
	fill_protocol(d);
	check_missing(d);
	check_internal(d);
	check_redirect(d);
	check_sense(d);
	if (d->socket)
		settle_port(d, settle_socket(d));
	settle_account(d);
	settle_listeners(d);
	access_hash = settle_access(d);
	if (d->wrong)
		return NULL;
	if (d->s.kind != SERVICE_PROGRAM)
		d->s.wait = false;
	settle_program(d);
	settle_wrap(d);
	settle_env(d);
	settle_rest(d);
	if (d->level != DIAG_ERROR)
		return NULL;
	service = conf_service_add(d->reading, at, &d->s, access_hash);
	if (service)
		xin_differ(d, service);
	return service;
}
