/*
 * What one entry of inetd.conf says, in the dialect it is read in. Pure: no names are
 * looked up here. Sources: inetd(8) of OpenBSD, FreeBSD, NetBSD, GNU; busybox inetd.c's head.
 */
#include <string.h>

#include "base/attr.h"
#include "base/num.h"
#include "syntax/inetd.h"

struct reading {
	enum inetd_dialect dialect;
	struct inetd_entry *e;
	const char *why; /* the first thing found wrong */
	const struct syn_word *at;
	bool has_wait, has_socket;
};

static void
wrong(struct reading *r, const char *why)
{
	if (r->why)
		return;
	r->why = why;
	r->e->wrong = r->at;
}

/* Service field ----------------------------------------------------------------------- */

static size_t
last_of(struct span s, char c)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == c)
			return i - 1;
	return s.n;
}

/* FreeBSD's ":user:group:mode:/path". */
static void
read_unix_owner(struct reading *r, struct span s)
{
	s = span_skip(s, 1);
	r->e->path_user = span_cut(&s, ':');
	r->e->path_group = span_cut(&s, ':');
	r->e->path_mode = span_cut(&s, ':');
	r->e->path = s;
}

static void
read_versions(struct reading *r, struct span s)
{
	struct span low = span_cut(&s, '-');

	if (!num_u32(low, UINT32_MAX, &r->e->rpc_low))
		wrong(r, "the RPC version is no number");
	r->e->rpc_high = r->e->rpc_low;
	if (s.n && !num_u32(s, UINT32_MAX, &r->e->rpc_high))
		wrong(r, "the RPC version is no number");
	if (r->e->rpc_high < r->e->rpc_low)
		wrong(r, "the RPC version range runs backwards");
}

/* "tcpmux/+name"; else the version of an RPC service, kept until the protocol is known. */
static void
read_name(struct reading *r, struct span s)
{
	struct span name = span_cut(&s, '/');

	if (span_is(name, "tcpmux") && s.n) {
		r->e->tcpmux = true;
		r->e->tcpmux_plus = s.p[0] == '+';
		name = r->e->tcpmux_plus ? span_skip(s, 1) : s;
	} else if (r->e->rpc) {
		read_versions(r, s);
	} else if (s.n) {
		wrong(r, "a version without protocol rpc/...");
	}
	r->e->name = name;
	if (!name.n)
		wrong(r, "no service name");
}

/* "[host[,host]:]name": the last ':' ends the addresses, so that IPv6 may stand in them. */
static void
read_service(struct reading *r, struct span s)
{
	size_t colon;

	if (s.n && s.p[0] == ':' && span_find(s, '/') < s.n) {
		read_unix_owner(r, s);
		return;
	}
	if (s.n && s.p[0] == '/') {
		r->e->path = r->e->name = s;
		return;
	}
	/* xinetd takes no address there: the word is the name. */
	colon = r->dialect == INETD_XINETD ? s.n : last_of(s, ':');
	if (colon < s.n) {
		r->e->hosts = (struct span){s.p, colon};
		s = span_skip(s, colon + 1);
	}
	read_name(r, s);
}

bool
inetd_hosts_next(struct span *hosts, struct span *ret)
{
	while (hosts->n) {
		*ret = span_trim(span_cut(hosts, ','));
		if (ret->n > 1 && ret->p[0] == '[' && ret->p[ret->n - 1] == ']')
			*ret = (struct span){ret->p + 1, ret->n - 2};
		if (ret->n)
			return true;
	}
	return false;
}

/* Socket type and protocol ------------------------------------------------------------ */

static const struct {
	const char *name;
	enum inetd_socket socket;
} sockets[] = {
	{"stream", INETD_STREAM}, {"dgram", INETD_DGRAM},         {"raw", INETD_RAW},
	{"rdm", INETD_RDM},       {"seqpacket", INETD_SEQPACKET},
};

static void
read_socket(struct reading *r, struct span s)
{
	struct span filter = s;
	struct span type = span_cut(&filter, ':'), name = span_cut(&type, ',');

	r->e->accept_filter = filter;
	if (type.n && !num_u32(type, UINT32_MAX, &r->e->max_children))
		wrong(r, "the accept limit is no number");
	r->e->socket = INETD_BAD_SOCKET;
	for (size_t i = 0; i < COUNT_OF(sockets); i++)
		if (r->dialect == INETD_XINETD ? span_is_nocase(name, sockets[i].name)
					       : span_is(name, sockets[i].name))
			r->e->socket = sockets[i].socket;
	if (r->e->socket == INETD_BAD_SOCKET)
		wrong(r, "no such socket type");
}

static void
read_buffers(struct reading *r, struct span s)
{
	while (s.n) {
		struct span value = span_cut(&s, ','), key = span_cut(&value, '=');

		if (span_is(key, "sndbuf"))
			r->e->sndbuf = value;
		else if (span_is(key, "rcvbuf"))
			r->e->rcvbuf = value;
		else
			wrong(r, "an unknown word behind the protocol");
	}
}

/*
 * What a protocol's ending opens, by dialect: '4' one IPv4 socket, '6' one IPv6-only,
 * 'd' one IPv6 that takes IPv4 too, 'b' one of each. "tcp46" is one dual socket,
 * OpenBSD's and Debian's plain "tcp" is two; GNU's "tcp6" takes IPv4 too, "tcp6only" does not.
 * xinetd has only the names of /etc/protocols and opens one dual socket.
 */
static const struct {
	const char *ending;
	char opens[INETD_N_DIALECTS + 1];
} families[] = {
	/* OpenBSD FreeBSD NetBSD GNU busybox xinetd; '-' = no such ending */
	{"", "b4444d"}, {"4", "4444--"}, {"6", "666d6-"}, {"46", "dd----"}, {"6only", "---6--"},
};

static void
read_family(struct reading *r, struct span ending)
{
	char opens = '-';

	for (size_t i = 0; i < COUNT_OF(families); i++)
		if (span_is(ending, families[i].ending))
			opens = families[i].opens[r->dialect];
	r->e->v4 = opens == '4' || opens == 'b';
	r->e->v6only = opens == '6' || opens == 'b';
	r->e->dual = opens == 'd';
	r->e->v6 = r->e->v6only || r->e->dual;
	/* OpenBSD's and Debian's let any other ending pass, as IPv4. */
	if (opens == '-' && r->dialect == INETD_OPENBSD)
		r->e->v4 = true;
	else if (opens == '-')
		wrong(r, "no such protocol here");
}

static void
read_protocol(struct reading *r, struct span s)
{
	struct span name = span_cut(&s, ',');

	read_buffers(r, s);
	if (span_starts(name, "rpc/")) {
		r->e->rpc = true;
		name = span_skip(name, 4);
	} else if (span_starts(name, "faith/")) {
		name = span_skip(name, 6);
	}
	if (span_ends(name, "/ttcp"))
		name.n -= 5;
	r->e->protocol = name;
	if (span_is(name, "unix")) {
		r->e->is_unix = true;
	} else if (span_starts(name, "tcp") || span_starts(name, "udp")) {
		r->e->protocol.n = 3;
		read_family(r, span_skip(name, 3));
	} else {
		/* sctp, icmp: a name of /etc/protocols, IPv4 as all of them did from the start */
		r->e->v4 = true;
		r->e->odd_protocol = true;
	}
}

/* Wait, user, program ----------------------------------------------------------------- */

static void
read_number(struct reading *r, struct span s, uint32_t *ret, const char *why)
{
	if (s.n && !num_u32(s, UINT32_MAX, ret))
		wrong(r, why);
}

/*
 * "nowait", "nowait.40", "wait:3", "nowait/10/5/2". What is neither wait nor nowait counts as
 * nowait in OpenBSD's, GNU's and xinetd's code; xinetd knows no numbers there and says so.
 */
static void
read_wait(struct reading *r, struct span s)
{
	struct span whole = s, word = span_cut(&s, '/'), rate = word, limit;
	struct inetd_entry *e = r->e;

	if (r->dialect == INETD_XINETD) {
		e->wait = span_is_nocase(whole, "wait");
		return;
	}
	word = span_cut(&rate, '.');
	if (!rate.n) {
		rate = word;
		word = span_cut(&rate, ':');
	}
	/* OpenBSD's reads what digits there are. */
	if (r->dialect != INETD_OPENBSD)
		read_number(r, rate, &e->max_rate, "the rate is no number");
	else if (!num_u32(rate, UINT32_MAX, &e->max_rate))
		e->max_rate = 0;
	limit = span_cut(&s, '/');
	read_number(r, limit, &e->max_children, "the limit of children is no number");
	limit = span_cut(&s, '/');
	read_number(r, limit, &e->max_rate_per_ip, "the rate per address is no number");
	read_number(r, s, &e->max_children_per_ip, "the limit per address is no number");
	e->wait = span_is(word, "wait");
	if (!e->wait && !span_is(word, "nowait") && r->dialect != INETD_OPENBSD &&
	    r->dialect != INETD_GNU)
		wrong(r, "neither wait nor nowait");
}

/* "user", "user.group" (OpenBSD, busybox, xinetd), "user:group", FreeBSD "user:group/class". */
static void
read_user(struct reading *r, struct span s)
{
	struct span class = s;
	struct span user = r->dialect == INETD_FREEBSD ? span_cut(&class, '/') : s;
	bool colon = r->dialect != INETD_XINETD && span_find(user, ':') < user.n;
	char mark = colon ? ':' : '.';

	if (r->dialect == INETD_FREEBSD)
		r->e->class = class;
	if (mark == '.' && (r->dialect == INETD_FREEBSD || r->dialect == INETD_GNU)) {
		r->e->user = user;
	} else {
		struct span group = user;

		r->e->user = span_cut(&group, mark);
		r->e->group = group;
	}
	if (!r->e->user.n && !r->e->group.n)
		wrong(r, "no user");
}

static void
read_positional(struct reading *r, const struct syn_node *node)
{
	const struct syn_word *w = node->words;

	if (node->n_words < 6) {
		wrong(r, "fewer than 6 fields");
		return;
	}
	r->at = &w[1];
	read_socket(r, w[1].text);
	r->at = &w[2];
	read_protocol(r, w[2].text);
	r->at = &w[0];
	if (r->e->is_unix)
		r->e->path = w[0].text;
	if (r->e->is_unix && w[0].text.n && w[0].text.p[0] == ':')
		read_unix_owner(r, w[0].text);
	else if (r->e->is_unix)
		r->e->name = w[0].text;
	else
		read_service(r, w[0].text);
	if (r->e->is_unix)
		r->e->name = r->e->path;
	r->at = &w[3];
	read_wait(r, w[3].text);
	r->at = &w[4];
	read_user(r, w[4].text);
	r->e->program = w[5].text;
	r->e->internal = span_is(w[5].text, "internal");
	r->e->argv = w + 6;
	r->e->argc = node->n_words - 6;
}

/* NetBSD's key-value entries ---------------------------------------------------------- */

static void
key_bind(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->hosts = v[0].text;
}

static void
key_socktype(struct reading *r, const struct syn_word *v, uint32_t n)
{
	read_socket(r, v[0].text);
	r->has_socket = true;
}

static void
key_protocol(struct reading *r, const struct syn_word *v, uint32_t n)
{
	read_protocol(r, v[0].text);
}

static void
key_wait(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->has_wait = true;
	r->e->wait = span_is(v[0].text, "yes");
	if (!r->e->wait && !span_is(v[0].text, "no"))
		wrong(r, "wait is neither yes nor no");
}

static void
key_user(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->user = v[0].text;
}

static void
key_group(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->group = v[0].text;
}

static void
key_exec(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->program = v[0].text;
	r->e->internal = span_is(v[0].text, "internal");
}

static void
key_args(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->argv = v;
	r->e->argc = n;
}

static void
key_sndbuf(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->sndbuf = v[0].text;
}

static void
key_rcvbuf(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->rcvbuf = v[0].text;
}

static void
key_filter(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->accept_filter = v[0].text;
}

static void
key_service_max(struct reading *r, const struct syn_word *v, uint32_t n)
{
	read_number(r, v[0].text, &r->e->max_rate, "service_max is no number");
}

static void
key_accept_max(struct reading *r, const struct syn_word *v, uint32_t n)
{
	read_number(r, v[0].text, &r->e->max_children, "accept_max is no number");
}

static void
key_ip_max(struct reading *r, const struct syn_word *v, uint32_t n)
{
	read_number(r, v[0].text, &r->e->max_rate_per_ip, "ip_max is no number");
}

static void
key_ipsec(struct reading *r, const struct syn_word *v, uint32_t n)
{
	r->e->ipsec = true;
}

static const struct {
	const char *name;
	void (*read)(struct reading *r, const struct syn_word *values, uint32_t n);
} keys[] = {
	{"bind", key_bind},
	{"socktype", key_socktype},
	{"protocol", key_protocol},
	{"wait", key_wait},
	{"user", key_user},
	{"group", key_group},
	{"exec", key_exec},
	{"args", key_args},
	{"sndbuf", key_sndbuf},
	{"recvbuf", key_rcvbuf},
	{"acceptfilter", key_filter},
	{"service_max", key_service_max},
	{"accept_max", key_accept_max},
	{"ip_max", key_ip_max},
	{"ipsec", key_ipsec},
};

static void
read_key(struct reading *r, struct span name, const struct syn_word *values, uint32_t n)
{
	r->e->has_ipsec |= span_is(name, "ipsec");
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (span_is(name, keys[i].name)) {
			if (n)
				keys[i].read(r, values, n);
			else if (span_is(name, "ipsec") || span_is(name, "args"))
				return; /* no policy; no arguments */
			else
				wrong(r, "a key without a value");
			return;
		}
	wrong(r, "an unknown key");
}

static bool
is_end(const struct syn_word *word)
{
	return span_is(word->raw, ",") || span_is(word->raw, ";");
}

/* "tcp" and "udp" without a version are of the family that the address is of. */
static void
fit_family(struct reading *r)
{
	bool bare = r->e->v4 && !r->e->odd_protocol && !r->e->is_unix;

	if (bare && r->e->hosts.n && span_find(r->e->hosts, ':') < r->e->hosts.n) {
		r->e->v4 = false;
		r->e->v6 = r->e->v6only = true;
	}
}

/* What inetd(8) of NetBSD lets an entry leave out, and what not. */
static void
complete_keyed(struct reading *r, bool versioned)
{
	struct inetd_entry *e = r->e;

	if (!e->program.n) {
		e->program = SPAN("internal");
		e->internal = true;
	}
	if (!e->protocol.n)
		wrong(r, "no protocol");
	if (!r->has_socket && span_is(e->protocol, "udp"))
		e->socket = INETD_DGRAM;
	else if (!r->has_socket && !span_is(e->protocol, "tcp"))
		wrong(r, "no socktype");
	if (!versioned)
		fit_family(r);
	if (!e->internal && !e->user.n)
		wrong(r, "no user");
	if (!e->internal && !r->has_wait)
		wrong(r, "neither wait = yes nor wait = no");
	if (e->internal)
		e->wait = e->socket == INETD_DGRAM;
}

static void
read_keyed(struct reading *r, const struct syn_node *node)
{
	const struct syn_word *w = node->words;
	uint32_t n = node->n_words, i = 2, end;
	bool versioned = false;
	struct span bound;

	if (n < 2) {
		wrong(r, "no on or off");
		return;
	}
	r->e->on = span_is(w[1].text, "on");
	while (i < n) {
		for (end = i; end < n && !is_end(&w[end]);)
			end++;
		r->at = &w[i];
		if (end >= i + 2 && span_is(w[i + 1].raw, "=")) {
			read_key(r, w[i].text, w + i + 2, end - i - 2);
			if (span_is(w[i].text, "protocol") && end > i + 2)
				versioned = span_ends(w[i + 2].text, "4") ||
					    span_ends(w[i + 2].text, "6");
		} else if (end > i) {
			wrong(r, "a key without '='");
		}
		i = end + 1;
	}
	r->at = &w[0];
	bound = r->e->hosts;
	if (r->e->is_unix)
		r->e->path = r->e->name = w[0].text;
	else
		read_service(r, w[0].text);
	if (bound.n)
		r->e->hosts = bound;
	complete_keyed(r, versioned);
}

bool
inetd_entry_read(const struct syn_tree *tree, const struct syn_node *node,
		 enum inetd_dialect dialect, struct inetd_entry *ret, const char **ret_why)
{
	struct reading r = {.dialect = dialect, .e = ret};

	*ret = (struct inetd_entry){.on = node->kind == INETD_ENTRY};
	if (node->kind == INETD_KEYED)
		read_keyed(&r, node);
	else
		read_positional(&r, node);
	*ret_why = r.why;
	return !r.why;
}
