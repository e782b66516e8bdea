#include "listing/listing.h"

#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"
#include "base/vec.h"
#include "syntax/netstat.h"

struct reading {
	struct audit *audit;
	const struct listing_names *names;
	const char *file;
	uint32_t line;
	bool all;
};

/* Names of netstat's and ss's first column; a cut-off one is tcp. */
static const struct {
	const char *name;
	enum net_proto proto;
} protos[] = {
	{"", NET_TCP},
	{"tcp", NET_TCP},
	{"udp", NET_UDP},
	{"udplite", NET_UDPLITE},
	{"udpl", NET_UDPLITE},
	{"raw", NET_RAW},
	{"icmp", NET_ICMP},
	{"sctp", NET_SCTP},
	{"dccp", NET_DCCP},
	{"mptcp", NET_MPTCP},
	{"unix", NET_UNIX_STREAM},
	{"STREAM", NET_UNIX_STREAM},
	{"DGRAM", NET_UNIX_DGRAM},
	{"SEQPACKET", NET_UNIX_SEQPACKET},
	{"u_str", NET_UNIX_STREAM},
	{"u_dgr", NET_UNIX_DGRAM},
	{"u_seq", NET_UNIX_SEQPACKET},
};

static bool
read_proto(struct span text, enum net_proto *ret, bool *ret_v6)
{
	*ret_v6 = text.n > 1 && span_ends(text, "6");
	if (*ret_v6)
		text.n--;
	for (size_t i = 0; i < COUNT_OF(protos); i++)
		if (span_is(text, protos[i].name)) {
			*ret = protos[i].proto;
			return true;
		}
	return false;
}

static const struct {
	const char *name;
	uint8_t state;
} states[] = {
	{"LISTEN", TCP_LISTEN},           {"LISTENING", TCP_LISTEN},
	{"ESTABLISHED", TCP_ESTABLISHED}, {"ESTAB", TCP_ESTABLISHED},
	{"CONNECTED", TCP_ESTABLISHED},   {"SYN_SENT", TCP_SYN_SENT},
	{"SYN-SENT", TCP_SYN_SENT},       {"SYN_RECV", TCP_SYN_RECV},
	{"SYN-RECV", TCP_SYN_RECV},       {"FIN_WAIT1", TCP_FIN_WAIT1},
	{"FIN-WAIT-1", TCP_FIN_WAIT1},    {"FIN_WAIT2", TCP_FIN_WAIT2},
	{"FIN-WAIT-2", TCP_FIN_WAIT2},    {"TIME_WAIT", TCP_TIME_WAIT},
	{"TIME-WAIT", TCP_TIME_WAIT},     {"CLOSE_WAIT", TCP_CLOSE_WAIT},
	{"CLOSE-WAIT", TCP_CLOSE_WAIT},   {"LAST_ACK", TCP_LAST_ACK},
	{"LAST-ACK", TCP_LAST_ACK},       {"CLOSING", TCP_CLOSING},
};

static uint8_t
read_state(struct span text)
{
	for (size_t i = 0; i < COUNT_OF(states); i++)
		if (span_is(text, states[i].name))
			return states[i].state;
	return TCP_CLOSE;
}

/* "*" and netstat's and ss's ways to write any address; "127.0.0.1%lo" names a device. */
static void
read_host(struct reading *in, struct span host, bool v6, struct listener *listener)
{
	static const struct {
		const char *name, *address;
	} names[] = {
		{"localhost", "127.0.0.1"}, {"localhost.localdomain", "127.0.0.1"},
		{"ip6-localhost", "::1"},   {"ip6-loopback", "::1"},
		{"localhost6", "::1"},
	};
	size_t percent = span_find(host, '%');

	if (percent < host.n) {
		listener->device = span_dup(in->audit->arena, span_skip(host, percent + 1));
		host.n = percent;
	}
	if (span_is(host, "*"))
		host = v6 ? SPAN("::") : SPAN("0.0.0.0");
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (span_is(host, names[i].name))
			host = span_of(names[i].address);
	if (!net_addr_parse(host, &listener->addr)) {
		listener->path = span_dup(in->audit->arena, host);
		listener->family = v6 ? AF_INET6 : AF_INET;
		diag_add(&in->audit->diags, DIAG_NOTE, in->file, in->line, 0,
			 "host name '%s' is not looked up; from where it is reached is unknown",
			 listener->path);
		return;
	}
	listener->family = listener->addr.family;
}

static bool
read_port(struct reading *in, struct span text, enum net_proto proto, uint32_t *ret)
{
	uint16_t port = 0;
	bool known;

	if (span_is(text, "*")) {
		*ret = 0;
		return true;
	}
	known = num_port(text, &port) ||
		(in->names &&
		 in->names->port(in->names->data, span_dup(in->audit->arena, text), proto, &port));
	*ret = port;
	if (!known)
		diag_add(&in->audit->diags, DIAG_ERROR, in->file, in->line, 0,
			 "no port number for '%.*s'", SPAN_ARG(text));
	return known;
}

static void
read_owner(struct reading *in, const struct netstat_socket *socket, struct listener *listener)
{
	struct audit *audit = in->audit;
	struct span program = socket->program;
	struct process *process;
	uint32_t pid;

	listener->owners_state = OWNERS_HIDDEN;
	if (!num_u32(socket->pid, INT32_MAX, &pid) || pid == 0)
		return;
	process = map_get(&audit->process_by_pid, pid);
	if (!process) {
		process = arena_alloc(audit->arena, sizeof(*process));
		process->pid = (pid_t)pid;
		process->hidden = true;
		process->uid = process->gid = PROCESS_UNKNOWN_ID;
		/* "sendmail: accepting connections" is what sendmail makes of its title. */
		process->title = span_dup(audit->arena, socket->program);
		process->comm = span_dup(audit->arena, span_cut(&program, ':'));
		map_put(&audit->process_by_pid, pid, process);
		vec_push(audit->arena, &audit->processes, process);
	}
	listener->owners = arena_alloc(audit->arena, sizeof(*listener->owners));
	listener->owners[0] = (struct listener_owner){process, -1, ' '};
	listener->n_owners = 1;
	listener->owners_state = OWNERS_PART;
}

/* What a super-server holds is not its own service: the port's name says whose it is. */
static void
read_cause(struct reading *in, const struct netstat_socket *socket, struct listener *listener)
{
	static const char *const servers[] = {"inetd", "xinetd"};
	struct audit *audit = in->audit;
	struct start *start;

	for (size_t i = 0; listener->n_owners && i < COUNT_OF(servers); i++) {
		if (!text_is(listener->owners[0].process->comm, servers[i]))
			continue;
		start = arena_alloc(audit->arena, sizeof(*start));
		start->mechanism = servers[i];
		start->name = span_dup(audit->arena, socket->port);
		start->enabled = true;
		start->when = START_ON_DEMAND;
		start->state = "so says the listing";
		start->ports = arena_alloc(audit->arena, sizeof(*start->ports));
		start->ports[0] = (struct start_port){
			.proto = listener->proto, .port = listener->port, .name = start->name};
		start->n_ports = start->n_listeners = 1;
		start->index = (uint32_t)audit->starts.n;
		vec_push(audit->arena, &audit->starts, start);
		listener->starts = arena_alloc(audit->arena, sizeof(*listener->starts));
		listener->starts[0] = (struct listener_start){start, "held by it", false};
		listener->n_starts = 1;
	}
}

static bool
is_listening(const struct listener *listener)
{
	bool stream = listener->proto == NET_TCP || listener->proto == NET_UNIX_STREAM ||
		      listener->proto == NET_UNIX_SEQPACKET || listener->proto == NET_SCTP ||
		      listener->proto == NET_DCCP || listener->proto == NET_MPTCP;

	return stream ? listener->state == TCP_LISTEN : listener->state == TCP_CLOSE;
}

static void
read_queues(const struct netstat_socket *socket, struct listener *listener)
{
	uint32_t n;

	if (num_u32(socket->recv_queue, UINT32_MAX, &n))
		listener->recv_queue = n;
	if (num_u32(socket->send_queue, UINT32_MAX, &n))
		listener->send_queue = n;
}

static void
read_socket(struct reading *in, const struct netstat_socket *socket)
{
	struct audit *audit = in->audit;
	struct listener *listener = arena_alloc(audit->arena, sizeof(*listener));
	bool v6;

	if (!read_proto(socket->proto, &listener->proto, &v6)) {
		diag_add(&audit->diags, DIAG_NOTE, in->file, in->line, 0,
			 "sockets of kind '%.*s' are not judged", SPAN_ARG(socket->proto));
		return;
	}
	listener->state = read_state(socket->state);
	listener->uid = PROCESS_UNKNOWN_ID;
	listener->netns = audit->netns.n ? audit->netns.v[0] : NULL;
	read_queues(socket, listener);
	if (net_proto_is_unix(listener->proto)) {
		listener->family = AF_UNIX;
		listener->path = span_dup(audit->arena, socket->path);
	} else {
		listener->also_ipv4 = socket->ss && span_is(socket->host, "*");
		read_host(in, socket->host, v6 || listener->also_ipv4, listener);
		if (!read_port(in, socket->port, listener->proto, &listener->port))
			return;
		if (net_addr_parse(socket->peer, &listener->peer) &&
		    net_addr_is_wildcard(&listener->peer))
			listener->peer = (struct net_addr){0};
		if (listener->peer.family)
			(void)read_port(in, socket->peer_port, listener->proto,
					&listener->peer_port);
	}
	if (!in->all && !is_listening(listener))
		return;
	read_owner(in, socket, listener);
	read_cause(in, socket, listener);
	vec_push(audit->arena, &audit->listeners, listener);
}

/* A listing says nothing of interfaces: a wildcard in it counts as open to anyone. */
static void
add_loopback(struct audit *audit)
{
	struct iface *iface = vec_add(audit->arena, &audit->ifaces);

	*iface = (struct iface){.index = 1, .name = "lo", .up = true, .loopback = true};
	iface->netns = audit->netns.n ? audit->netns.v[0] : NULL;
}

size_t
listing_read(struct audit *audit, const char *file, struct span text,
	     const struct listing_names *names, bool all)
{
	struct reading in = {.audit = audit, .names = names, .file = file, .all = all};
	struct syn_tree *tree =
		syn_parse(&syn_format_netstat, audit->arena, &audit->diags, file, text);
	struct netstat_socket socket;
	size_t lines = 0;

	audit->live = true;
	add_loopback(audit);
	for (size_t i = 0; i < tree->n_nodes; i++) {
		in.line = tree->nodes[i].line;
		lines += tree->nodes[i].kind >= SYN_OWN;
		if (tree->nodes[i].kind == NETSTAT_SOCKET &&
		    netstat_socket(&tree->nodes[i], &socket))
			read_socket(&in, &socket);
	}
	return lines;
}
