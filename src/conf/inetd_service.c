/*
 * One entry of inetd.conf -> one service. What each dialect means by the same words is in
 * syntax/inetd_entry.c; here names are looked up, defaults put in, and what cannot be served said
 * and left out. Sources: inetd(8) of each, services(5), tcpd(8).
 */
#include <limits.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/near.h"
#include "base/num.h"
#include "base/vec.h"
#include "conf/inetd.h"
#include "conf/reading.h"

/* One entry on its way to a service. */
struct making {
	struct inetd_reading *r;
	struct conf_reading *conf;
	const struct syn_tree *tree;
	const struct syn_node *node;
	struct inetd_entry e;
	struct service s;
	bool closed;
	/* The differences that hold for it, one bit each. */
	uint32_t differs;
};

enum { FIELD_SERVICE, FIELD_SOCKET, FIELD_PROTOCOL, FIELD_WAIT, FIELD_USER, FIELD_PROGRAM };

static void
differs(struct making *m, enum inetd_differs row)
{
	m->differs |= UINT32_C(1) << row;
}
_Static_assert(INETD_DIFFERS_N <= 32, "a bit for each difference");

/* The word of a positional entry; of a key-value one the first. */
static const struct syn_word *
field(const struct making *m, unsigned at)
{
	return m->node->kind == INETD_ENTRY ? &m->node->words[at] : &m->node->words[0];
}

static void refuse(struct making *m, const struct syn_word *at, const char *fmt, ...)
	printf_like(3, 4);

/* An error: the entry stays closed. */
static void
refuse(struct making *m, const struct syn_word *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_add(&m->conf->serve->diags, DIAG_ERROR, m->tree->file, at ? at->line : m->node->line,
		 at ? at->col : m->node->col, "service %.*s stays closed: %s", SPAN_ARG(m->e.name),
		 arena_vprintf(m->conf->scratch, fmt, ap));
	va_end(ap);
	m->closed = true;
}

static void warn(struct making *m, const struct syn_word *at, const char *fmt, ...)
	printf_like(3, 4);

static void
warn(struct making *m, const struct syn_word *at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	diag_add(&m->conf->serve->diags, DIAG_WARNING, m->tree->file, at ? at->line : m->node->line,
		 at ? at->col : m->node->col, "service %.*s: %s", SPAN_ARG(m->e.name),
		 arena_vprintf(m->conf->scratch, fmt, ap));
	va_end(ap);
}

static const char *
text(struct making *m, struct span s)
{
	return conf_text(m->conf, s);
}

/* What the view found wrong ------------------------------------------------------------ */

static const char *const socket_words[] = {"stream", "dgram", "seqpacket", NULL};
static const char *const protocol_words[] = {"tcp",  "udp",  "tcp4", "udp4",
					     "tcp6", "udp6", "unix", NULL};
static const char *const wait_words[] = {"wait", "nowait", NULL};
static const char *const key_words[] = {"bind",       "socktype", "protocol",     "wait",
					"user",       "group",    "exec",         "args",
					"sndbuf",     "recvbuf",  "acceptfilter", "service_max",
					"accept_max", "ip_max",   "ipsec",        NULL};

/* The words that may stand in a field, for "did you mean". */
static const char *const *
words_of(const struct making *m, const struct syn_word *at)
{
	if (m->node->kind == INETD_KEYED)
		return key_words;
	return at == field(m, FIELD_SOCKET)     ? socket_words
	       : at == field(m, FIELD_PROTOCOL) ? protocol_words
	       : at == field(m, FIELD_WAIT)     ? wait_words
						: NULL;
}

static const char *
hint(struct making *m, const struct syn_word *at)
{
	const char *const *words = at ? words_of(m, at) : NULL;
	struct near near = near_of(at ? at->text : (struct span){0});
	char buf[128];

	for (; words && *words; words++)
		near_offer(&near, *words);
	return arena_dup(m->conf->scratch, near_hint(&near, buf, sizeof(buf)));
}

static void
refuse_word(struct making *m, const struct syn_word *at, const char *why)
{
	if (at)
		refuse(m, at, "%s: \"%.*s\"%s", why, SPAN_ARG(at->text), hint(m, at));
	else
		refuse(m, at, "%s", why);
}

/* Quotes mean nothing to the others: a word with one would be another word to them. */
static void
check_quotes(struct making *m)
{
	if (m->r->family->quotes)
		return;
	for (uint32_t i = 0; i <= FIELD_PROGRAM && m->node->kind == INETD_ENTRY; i++)
		if (m->node->words[i].raw.p != m->node->words[i].text.p)
			refuse(m, &m->node->words[i], "quotes are known to NetBSD's inetd only");
}

/* Socket -------------------------------------------------------------------------------- */

static bool
find_protocol(struct making *m)
{
	static const struct {
		const char *name;
		int type, protocol;
	} known[] = {
		{"tcp", SOCK_STREAM, IPPROTO_TCP},
		{"udp", SOCK_DGRAM, IPPROTO_UDP},
	};
	const struct syn_word *at = field(m, FIELD_PROTOCOL);
	uint32_t number;

	for (size_t i = 0; i < COUNT_OF(known); i++) {
		if (!span_is(m->e.protocol, known[i].name))
			continue;
		m->s.protocol = known[i].protocol;
		if (m->s.type == known[i].type)
			return true;
		differs(m, INETD_DIFFERS_PROTOCOL);
		refuse(m, at, "protocol %s does not go with the socket type", known[i].name);
		return false;
	}
	if (conf_protocol(m->conf, text(m, m->e.protocol), &number) && number <= UINT8_MAX) {
		m->s.protocol = (int)number;
		return true;
	}
	refuse_word(m, at, "no such protocol");
	return false;
}

/* Debian's takes "tcp7" for tcp. */
static bool
has_odd_ending(const struct making *m)
{
	static const char *const endings[] = {"", "4", "6", "46"};
	struct span name = field(m, FIELD_PROTOCOL)->text;

	if (m->r->dialect != INETD_OPENBSD || m->node->kind != INETD_ENTRY || m->e.odd_protocol)
		return false;
	name = span_cut(&name, ',');
	if (span_starts(name, "rpc/"))
		name = span_skip(name, 4);
	for (size_t i = 0; i < COUNT_OF(endings); i++)
		if (span_is(span_skip(name, 3), endings[i]))
			return false;
	return true;
}

static void
find_socket(struct making *m)
{
	static const int types[INETD_BAD_SOCKET] = {
		[INETD_STREAM] = SOCK_STREAM,
		[INETD_DGRAM] = SOCK_DGRAM,
		[INETD_RAW] = SOCK_RAW,
		[INETD_RDM] = SOCK_RDM,
		[INETD_SEQPACKET] = SOCK_SEQPACKET,
	};

	m->s.type = types[m->e.socket];
	if (m->s.type == SOCK_RDM || (m->s.type == SOCK_RAW && m->e.is_unix))
		refuse_word(m, field(m, FIELD_SOCKET), "Linux has no such sockets");
	else if (!m->e.is_unix && find_protocol(m) && has_odd_ending(m)) {
		differs(m, INETD_DIFFERS_PROTOCOL);
		refuse_word(m, field(m, FIELD_PROTOCOL), "no such protocol");
	}
}

static enum net_proto
proto_of(const struct making *m)
{
	enum net_proto proto;

	if (net_proto_parse(m->e.protocol, &proto))
		return proto;
	return m->s.type == SOCK_STREAM ? NET_TCP : NET_UDP;
}

static bool
find_rpc(struct making *m)
{
	struct service_rpc *rpc = arena_alloc(m->conf->serve->arena, sizeof(*rpc));
	uint32_t number;

	*rpc = (struct service_rpc){.low = m->e.rpc_low, .high = m->e.rpc_high};
	rpc->name = text(m, m->e.name);
	if (num_u32(m->e.name, UINT32_MAX, &number) || conf_rpc(m->conf, rpc->name, &number)) {
		rpc->program = number;
		m->s.rpc = rpc;
		return true;
	}
	refuse(m, field(m, FIELD_SERVICE), "%s is not in /etc/rpc", rpc->name);
	return false;
}

/* The port; 0 where there is none to look for. */
static bool
find_port(struct making *m, uint16_t *ret)
{
	const char *name = text(m, m->e.name);
	bool compat = m->r->dialect == INETD_XINETD;

	*ret = 0;
	if (m->e.rpc)
		return find_rpc(m);
	if (m->s.type == SOCK_RAW)
		return true;
	if (num_port(m->e.name, ret)) {
		if (compat)
			differs(m, INETD_DIFFERS_NUMBER);
		if (!*ret)
			refuse(m, field(m, FIELD_SERVICE), "port 0 cannot be served");
		return *ret;
	}
	if (m->e.dual && m->r->dialect == INETD_OPENBSD)
		differs(m, INETD_DIFFERS_NAME_46);
	if (conf_port(m->conf, name, proto_of(m), ret) && *ret)
		return true;
	refuse(m, field(m, FIELD_SERVICE), "%s/%.*s is not in /etc/services", name,
	       SPAN_ARG(m->e.protocol));
	return false;
}

/* Addresses ----------------------------------------------------------------------------- */

struct listeners {
	struct service_listener *v;
	size_t n, cap;
};

static void
listen_at(struct making *m, struct listeners *list, struct net_addr addr, uint16_t port)
{
	struct service_listener *l;

	for (size_t i = 0; i < list->n; i++)
		if (net_addr_is(&list->v[i].addr, &addr))
			return;
	if (list->n == LIMIT_LISTENERS) {
		refuse(m, field(m, FIELD_SERVICE), "more than %u addresses", LIMIT_LISTENERS);
		return;
	}
	l = vec_add(m->conf->serve->arena, list);
	*l = (struct service_listener){.addr = addr, .port = port};
	l->v6only = addr.family == AF_INET6 && !m->e.dual;
	l->owner = (uid_t)-1;
	l->group = (gid_t)-1;
}

static bool
fits(const struct making *m, const struct net_addr *addr)
{
	/* GNU's opens the mapped address on its socket of both families: to clients the same. */
	if (addr->family == AF_INET && m->e.dual)
		return m->r->dialect == INETD_GNU;
	return addr->family == AF_INET ? m->e.v4 : m->e.v6;
}

static void
listen_everywhere(struct making *m, struct listeners *list, uint16_t port)
{
	if (m->e.v4)
		listen_at(m, list, (struct net_addr){.family = AF_INET}, port);
	if (m->e.v6)
		listen_at(m, list, (struct net_addr){.family = AF_INET6}, port);
}

static void
listen_at_name(struct making *m, struct listeners *list, struct span host, uint16_t port)
{
	const struct conf_lookup *lookup = m->conf->options->lookup;
	struct net_addr found[LIMIT_HOST_ADDRESSES];
	size_t n = lookup->host(lookup->data, text(m, host), found, COUNT_OF(found));

	if (!n)
		warn(m, field(m, FIELD_SERVICE),
		     "the address of %.*s is not known, not served there", SPAN_ARG(host));
	for (size_t i = 0; i < n; i++)
		if (fits(m, &found[i]))
			listen_at(m, list, found[i], port);
}

/* Debian's stops at the first address that is not of the family it is at. */
static void
tell_mixed(struct making *m, struct span hosts, const struct listeners *list)
{
	unsigned families = 0;
	struct net_addr addr;
	struct span host;

	if (m->r->dialect != INETD_OPENBSD || !hosts.n || span_is(hosts, "*"))
		return;
	while (inetd_hosts_next(&hosts, &host))
		if (net_addr_parse(host, &addr))
			families |= addr.family == AF_INET ? 1 : 2;
	for (size_t i = 0; i < list->n; i++)
		families |= list->v[i].addr.family == AF_INET ? 1 : 2;
	if (families == 3)
		differs(m, INETD_DIFFERS_MIXED);
}

static void
find_listeners(struct making *m)
{
	/* RPC programs of NetBSD's are everywhere: the port mapper knows no addresses. */
	bool bare = m->e.rpc && m->r->dialect == INETD_NETBSD;
	struct span hosts = m->e.hosts.n ? m->e.hosts : m->r->hosts, host;
	struct span given = hosts;
	struct listeners list = {0};
	struct net_addr addr;
	bool any = false;
	uint16_t port;

	if (!find_port(m, &port))
		return;
	while (!bare && inetd_hosts_next(&hosts, &host)) {
		any = true;
		if (span_is(host, "*"))
			listen_everywhere(m, &list, port);
		else if (!net_addr_parse(host, &addr))
			listen_at_name(m, &list, host, port);
		else if (fits(m, &addr))
			listen_at(m, &list, addr, port);
	}
	if (!any)
		listen_everywhere(m, &list, port);
	if (!list.n)
		refuse(m, field(m, FIELD_SERVICE),
		       "none of its addresses is of the protocol's family");
	tell_mixed(m, given, &list);
	m->s.listeners = list.v;
	m->s.n_listeners = (uint32_t)list.n;
}

static void
find_path_owner(struct making *m, struct service_listener *l)
{
	const struct syn_word *at = field(m, FIELD_SERVICE);
	uint64_t mode;
	gid_t ignored;

	if (!conf_user(m->conf, text(m, m->e.path_user), &l->owner, &ignored))
		refuse(m, at, "unknown user %.*s", SPAN_ARG(m->e.path_user));
	if (!conf_group(m->conf, text(m, m->e.path_group), &l->group))
		refuse(m, at, "unknown group %.*s", SPAN_ARG(m->e.path_group));
	if (num_u64(m->e.path_mode, 8, 0777, &mode) && mode)
		l->mode = (mode_t)mode;
	else
		refuse(m, at, "\"%.*s\" is no mode of a socket", SPAN_ARG(m->e.path_mode));
}

static void
find_path(struct making *m)
{
	struct service_listener *l = arena_alloc(m->conf->serve->arena, sizeof(*l));

	*l = (struct service_listener){.owner = (uid_t)-1, .group = (gid_t)-1};
	l->path = text(m, m->e.path);
	if (m->e.path.n < 2 || m->e.path.p[0] != '/' || m->e.path.p[m->e.path.n - 1] == '/')
		refuse(m, field(m, FIELD_SERVICE), "a unix socket needs an absolute path");
	if (m->e.path_user.n || m->e.path_group.n || m->e.path_mode.n)
		find_path_owner(m, l);
	else if (m->r->dialect == INETD_FREEBSD)
		l->mode = 0200; /* its default: root alone may connect */
	m->s.listeners = l;
	m->s.n_listeners = 1;
}

/* "4096", "64k", "1m" */
static void
find_buffer(struct making *m, struct span s, uint32_t *ret)
{
	uint64_t bytes;

	if (!s.n)
		return;
	if (num_size(s, INT_MAX, &bytes) && bytes)
		*ret = (uint32_t)bytes;
	else
		refuse(m, field(m, FIELD_PROTOCOL), "\"%.*s\" is no buffer size", SPAN_ARG(s));
}

static void
make_socket(struct making *m)
{
	find_socket(m);
	find_buffer(m, m->e.sndbuf, &m->s.sndbuf);
	find_buffer(m, m->e.rcvbuf, &m->s.rcvbuf);
	if (m->e.accept_filter.n)
		differs(m, INETD_DIFFERS_FILTER);
	if (m->closed)
		return;
	if (m->e.tcpmux) {
		m->s.muxed = true;
		m->s.mux_plus = m->e.tcpmux_plus;
		if (m->s.protocol != IPPROTO_TCP || m->e.wait)
			refuse(m, field(m, FIELD_SERVICE),
			       "tcpmux brings tcp nowait services only");
	} else if (m->e.is_unix) {
		find_path(m);
	} else {
		find_listeners(m);
	}
}

/* Limits -------------------------------------------------------------------------------- */

/* What some of them let pass: neither word, or a limit that is no number. */
static void
check_wait(struct making *m)
{
	const struct syn_word *at = field(m, FIELD_WAIT);
	struct span limit = at->text, word;
	size_t end = 0;
	uint32_t n;

	if (m->node->kind == INETD_KEYED)
		return;
	while (end < limit.n && !memchr(".:/", limit.p[end], 3))
		end++;
	word = (struct span){limit.p, end};
	limit = span_skip(limit, end);
	if (!span_is(word, "wait") && !span_is(word, "nowait") &&
	    !(m->r->dialect == INETD_XINETD &&
	      (span_is_nocase(word, "wait") || span_is_nocase(word, "nowait")))) {
		differs(m, INETD_DIFFERS_WAIT);
		refuse_word(m, at, "neither wait nor nowait");
	} else if (m->r->dialect == INETD_XINETD
			   ? limit.n > 0
			   : limit.n && limit.p[0] != '/' &&
				     !(num_u32(span_skip(limit, 1), UINT32_MAX, &n) && n)) {
		differs(m, INETD_DIFFERS_WAIT);
		refuse_word(m, at, "the limit is no number above 0");
	}
}

/* Built-in services that the originals answer without a process, and so do not count. */
static bool
is_uncounted(const struct making *m)
{
	return m->e.internal && !m->e.max_rate &&
	       (m->e.socket == INETD_DGRAM || span_is(m->e.name, "daytime") ||
		span_is(m->e.name, "time"));
}

static void
make_limits(struct making *m)
{
	const struct conf_options *options = m->conf->options;
	struct service_limits *limits = &m->s.limits;
	const struct inetd_family *family = m->r->family;
	uint32_t rate = options->default_rate ? options->default_rate : family->rate;

	check_wait(m);
	*limits = (struct service_limits){
		.instances = SERVICE_UNLIMITED,
		.per_source = SERVICE_UNLIMITED,
		.v4_bits = 32,
		.v6_bits = 64,
		.penalty_s = family->penalty_s,
	};
	limits->rate.count = m->e.max_rate ? m->e.max_rate : is_uncounted(m) ? 0 : rate;
	limits->rate.period_s = 60;
	if (limits->rate.count)
		m->differs |= UINT32_C(1) << (family->rate_differs - inetd_differences);
	/* Both of the originals that have it leave more connections in the queue. */
	if (m->e.max_children && !m->e.wait) {
		limits->instances = m->e.max_children;
		limits->over = OVER_QUEUE;
	}
	if (m->e.max_children_per_ip)
		limits->per_source = m->e.max_children_per_ip;
	if (m->e.max_rate_per_ip) {
		limits->source_rate = (struct service_rate){m->e.max_rate_per_ip, 60};
		limits->penalty_s = 60;
	}
	if (m->e.max_children_per_ip || m->e.max_rate_per_ip)
		differs(m, INETD_DIFFERS_SOURCE_PREFIX);
}

/* Account ------------------------------------------------------------------------------- */

/* "first.last" may be cut where it should not be. */
static bool
find_dotted(struct making *m, struct service_account *a)
{
	const struct syn_word *at = field(m, FIELD_USER);
	const char *whole = text(m, at->text);

	if (m->node->kind != INETD_ENTRY || !m->e.group.n || !strchr(whole, '.') ||
	    strchr(whole, ':') || !conf_user(m->conf, whole, &a->uid, &a->gid))
		return false;
	differs(m, INETD_DIFFERS_DOTTED_USER);
	a->user = whole;
	a->group = NULL;
	return true;
}

static void
unknown_account(struct making *m, const char *what, const char *name)
{
	if (m->r->dialect == INETD_OPENBSD)
		differs(m, INETD_DIFFERS_UNKNOWN_USER);
	refuse(m, field(m, FIELD_USER), "unknown %s %s", what, name);
}

/*
 * As every inetd has it: root without a group switches nothing, root with one only that; any
 * other user gets his groups, and the group given or his own.
 */
static void
make_account(struct making *m)
{
	struct service_account *a = &m->s.account;
	bool lenient = m->r->dialect == INETD_OPENBSD || m->r->dialect == INETD_BUSYBOX;

	if (m->e.internal && (lenient || !m->e.user.n))
		return;

	/* ":group" is root with that group. */
	a->user = m->e.user.n ? text(m, m->e.user) : "root";
	a->group = m->e.group.n ? text(m, m->e.group) : NULL;
	a->groups = GROUPS_KEEP;
	if (!m->conf->options->privileged)
		return;
	if (!conf_user(m->conf, a->user, &a->uid, &a->gid) && !find_dotted(m, a)) {
		unknown_account(m, "user", a->user);
		return;
	}
	a->switch_gid = a->uid != 0 || a->group;
	a->switch_uid = a->uid != 0;
	if (a->uid != 0)
		a->groups = GROUPS_OF_USER;
	if (a->group && !conf_group(m->conf, a->group, &a->gid))
		unknown_account(m, "group", a->group);
	if (m->e.class.n)
		differs(m, INETD_DIFFERS_CLASS);
}

/* Program ------------------------------------------------------------------------------- */

/* RFC 862, 863, 864, 867, 868. xinetd's table of what inetd.conf may ask for lacks discard. */
static bool
is_builtin(const struct making *m)
{
	static const char *const names[] = {"echo", "discard", "chargen", "daytime", "time"};

	if (m->s.type != SOCK_STREAM && m->s.type != SOCK_DGRAM)
		return false;
	if (m->r->dialect == INETD_XINETD && span_is(m->e.name, "discard"))
		return false;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_is(m->e.name, names[i]))
			return true;
	return false;
}

/* Answered by us: as nobody, whoever the entry names. */
static void
make_internal(struct making *m)
{
	m->s.account = (struct service_account){.groups = GROUPS_NONE};
	if (m->r->family->tcpmux && span_is(m->e.name, "tcpmux") && m->s.type == SOCK_STREAM) {
		m->s.kind = SERVICE_TCPMUX;
		return;
	}
	m->s.kind = SERVICE_BUILTIN;
	m->s.builtin = text(m, m->e.name);
	m->s.wait = false; /* the worker answers every one itself */
	if (m->s.type == SOCK_DGRAM)
		differs(m, INETD_DIFFERS_LOOP);
	if (is_builtin(m))
		return;
	if (m->r->dialect == INETD_XINETD)
		differs(m, INETD_DIFFERS_BUILTIN);
	refuse(m, field(m, FIELD_SERVICE), "there is no internal service of this name and type");
}

/* Arguments as the dialect splits them: only NetBSD's takes quotes off. */
static const char **
read_argv(struct making *m, uint32_t *ret_n)
{
	struct arena *arena = m->conf->serve->arena;
	VEC(const char *) argv = {0};

	for (uint32_t i = 0; i < m->e.argc; i++) {
		const struct syn_word *word = &m->e.argv[i];
		struct span rest = word->raw, part;

		if (m->r->family->quotes || m->node->kind == INETD_KEYED) {
			vec_push(arena, &argv, text(m, word->text));
			continue;
		}
		if (word->raw.p != word->text.p)
			warn(m, word, "%s takes no quotes: they are passed on, and blanks split",
			     m->r->family->name);
		while (part = span_word(&rest), part.n)
			vec_push(arena, &argv, text(m, part));
	}
	*ret_n = (uint32_t)argv.n;
	vec_push(arena, &argv, NULL);
	return argv.v;
}

/*
 * "/usr/sbin/tcpd in.ftpd -l": the daemon is argv[0], looked for where Debian's tcpd does
 * (INETD-2). A path's last part becomes argv[0], as tcpd makes it.
 */
static void
see_through_tcpd(struct making *m, const char **argv, uint32_t n)
{
	const char *daemon = n ? argv[0] : NULL;

	if (!daemon || !*text_basename(daemon)) {
		differs(m, INETD_DIFFERS_PROGRAM);
		refuse(m, field(m, FIELD_PROGRAM), "tcpd needs the daemon's name behind it");
		return;
	}
	differs(m, INETD_DIFFERS_TCPD);
	argv[0] = text(m, span_of(text_basename(daemon)));
	m->s.program =
		*daemon == '/'
			? daemon
			: text(m, span_of(arena_printf(m->conf->scratch, "/usr/sbin/%s", daemon)));
	m->s.wrap = argv[0];
}

static void
make_wrap(struct making *m)
{
	if (m->s.wrap || m->conf->options->no_wrap || m->s.type != SOCK_STREAM || m->s.wait ||
	    m->e.is_unix)
		return;
	m->s.wrap = text(m, span_of(text_basename(m->s.argv[0])));
	differs(m, INETD_DIFFERS_WRAP);
}

static void
make_program(struct making *m)
{
	const struct root *root = m->conf->options->root;
	const struct syn_word *at = field(m, FIELD_PROGRAM);
	const char **argv;
	uint32_t n;

	if (m->e.internal) {
		make_internal(m);
		return;
	}
	m->s.program = text(m, m->e.program);
	if (*m->s.program != '/') {
		differs(m, INETD_DIFFERS_PROGRAM);
		refuse(m, at, "\"%s\" is no absolute path of a program", m->s.program);
		return;
	}
	argv = read_argv(m, &n);
	/* Where hosts.* is not asked, tcpd still has to. */
	if (text_is(text_basename(m->s.program), "tcpd") && !m->conf->options->no_wrap)
		see_through_tcpd(m, argv, n);
	if (m->closed)
		return;
	if (!n) {
		argv = arena_array(m->conf->serve->arena, 2, sizeof(*argv));
		argv[0] = text(m, span_of(text_basename(m->s.program)));
	}
	if (n > 20 && (m->r->dialect == INETD_OPENBSD || m->r->dialect == INETD_BUSYBOX))
		differs(m, INETD_DIFFERS_MANY_ARGS);
	m->s.argv = argv;
	m->s.env = m->r->env;
	differs(m, INETD_DIFFERS_ENVIRONMENT);
	make_wrap(m);
	if (!root_exists(root, m->s.program))
		warn(m, at, "its program %s is not there", m->s.program);
}

/* The whole ----------------------------------------------------------------------------- */

static const char *
first_host(const struct making *m)
{
	struct span hosts = m->e.hosts.n ? m->e.hosts : m->r->hosts;

	return hosts.n && !span_is(hosts, "*")
		       ? arena_printf(m->conf->scratch, "@%.*s", SPAN_ARG(hosts))
		       : "";
}

/* As inetds call it in their logs, and its addresses when it has such: "telnet/tcp@10.0.0.1". */
static const char *
make_id(struct making *m)
{
	struct arena *scratch = m->conf->scratch;
	const struct inetd_entry *e = &m->e;
	struct span protocol = e->protocol;

	if (e->is_unix)
		return text(m, e->path);
	if (e->tcpmux)
		return text(m, span_of(arena_printf(scratch, "tcpmux/%.*s", SPAN_ARG(e->name))));
	if (m->r->dialect == INETD_XINETD)
		return text(m, e->internal ? span_of(arena_printf(
						     scratch, "%.*s-%s", SPAN_ARG(e->name),
						     m->s.type == SOCK_STREAM ? "stream" : "dgram"))
					   : e->name);
	/* "tcp4", "tcp6": two entries of one service. */
	if (!e->odd_protocol && m->node->kind == INETD_ENTRY) {
		protocol = field(m, FIELD_PROTOCOL)->text;
		protocol = span_cut(&protocol, ',');
		if (span_starts(protocol, "rpc/"))
			protocol = span_skip(protocol, 4);
	}
	return text(m,
		    span_of(arena_printf(scratch, "%.*s/%s%.*s%s", SPAN_ARG(e->name),
					 e->rpc ? "rpc/" : "", SPAN_ARG(protocol), first_host(m))));
}

static void
make_rest(struct making *m)
{
	const struct service_sink sink = {
		.kind = SINK_SYSLOG, .facility = LOG_DAEMON, .level = LOG_INFO};

	m->s.place = (struct service_place){m->tree->file, m->node->line};
	m->s.front = m->r->family->front;
	m->s.wait = m->e.wait;
	m->s.umask = -1;
	m->s.stderr_to = STDERR_CLIENT;
	m->s.sink = conf_sink(m->conf, &sink);
	m->s.log_success =
		SERVICE_LOG_PID | SERVICE_LOG_HOST | SERVICE_LOG_EXIT | SERVICE_LOG_DURATION;
	m->s.log_failure = SERVICE_LOG_HOST;
}

/* NetBSD's and FreeBSD's "#@", or the key: nothing here can see to it that it is kept. */
static void
check_ipsec(struct making *m)
{
	if (m->e.has_ipsec ? !m->e.ipsec : !m->r->ipsec)
		return;
	differs(m, INETD_DIFFERS_IPSEC);
	refuse(m, NULL,
	       "its IPsec policy would not be kept; set it with ip-xfrm(8) and take it "
	       "out here");
}

/* Rows that tell why an entry is closed here and is not there. */
static const uint32_t closing =
	UINT32_C(1) << INETD_DIFFERS_UNKNOWN_USER | UINT32_C(1) << INETD_DIFFERS_WAIT |
	UINT32_C(1) << INETD_DIFFERS_PROTOCOL | UINT32_C(1) << INETD_DIFFERS_PROGRAM |
	UINT32_C(1) << INETD_DIFFERS_IPSEC | UINT32_C(1) << INETD_DIFFERS_BUILTIN |
	UINT32_C(1) << INETD_DIFFERS_TWICE;

static void
tell_differences(struct making *m, const struct service *service)
{
	struct service_place place = {m->tree->file, m->node->line};
	uint32_t rows = service ? m->differs & ~closing : m->differs & closing;

	for (unsigned i = 0; i < INETD_DIFFERS_N; i++)
		if (rows & UINT32_C(1) << i)
			conf_differ(m->conf, service, m->s.id, place, &inetd_differences[i]);
}

static void
make(struct making *m)
{
	make_rest(m);
	check_quotes(m);
	check_ipsec(m);
	make_limits(m);
	make_socket(m);
	m->s.name = text(m, m->e.name);
	m->s.id = make_id(m);
	make_account(m);
	make_program(m);
}

/* The entry makes no sense in this dialect. */
static void
refuse_entry(struct making *m, const char *why)
{
	if (!m->e.on && m->node->kind == INETD_KEYED) {
		warn(m, m->e.wrong, "%s (it is off)", why);
		return;
	}
	if (m->node->kind == INETD_ENTRY && m->e.wrong == field(m, FIELD_WAIT))
		differs(m, INETD_DIFFERS_WAIT);
	refuse_word(m, m->e.wrong, why);
	m->conf->serve->n_closed++;
	m->s.id = text(m, m->e.name);
	tell_differences(m, NULL);
}

void
inetd_service_add(struct inetd_reading *r, const struct syn_tree *tree, const struct syn_node *node)
{
	struct making m = {.r = r, .conf = r->conf, .tree = tree, .node = node};
	struct conf_at at = {tree->file, node->line, node->col};
	struct service *service = NULL;
	const char *why;

	if (!inetd_entry_read(tree, node, r->dialect, &m.e, &why)) {
		refuse_entry(&m, why);
		return;
	}
	if (!m.e.on)
		return;
	make(&m);
	if (r->dialect == INETD_XINETD && conf_is_listed_off(r->conf, m.s.id))
		return;
	if (m.closed) {
		r->conf->serve->n_closed++;
	} else {
		if (conf_service_find(r->conf, m.s.id))
			differs(&m, INETD_DIFFERS_TWICE);
		service = conf_service_add(r->conf, at, &m.s, 0);
	}
	tell_differences(&m, service);
}
