/* Columns of a listener (a socket), of its owners and of what starts it. */
#include <sys/socket.h>

#include "report/columns.h"
#include "report/guards.h"

#define RECORD const struct listener *l = record

static void
set_text(struct cell *cell, const char *text)
{
	cell->text = text;
	cell->null = !text;
}

static void
get_protocol(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->text = net_proto_name(l->proto);
}

static void
get_proto(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_proto(ctx, record);
}

static void
get_family(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	static const struct {
		int family;
		const char *name;
	} names[] = {
		{AF_INET, "inet"},     {AF_INET6, "inet6"}, {AF_UNIX, "unix"},
		{AF_PACKET, "packet"}, {AF_VSOCK, "vsock"}, {AF_NETLINK, "netlink"},
	};
	RECORD;

	ret->text = "other";
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (names[i].family == l->family)
			ret->text = names[i].name;
}

static void
get_address(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	char text[NET_ADDR_TEXT];

	if (l->addr.family)
		ret->text = arena_dup(ctx->arena, net_addr_text(&l->addr, text));
	else if (l->family == AF_VSOCK)
		ret->text = arena_printf(ctx->arena, "%u", l->cid);
	else
		set_text(ret, l->path);
}

static void
get_port(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->number = l->port;
	ret->null = l->family == AF_UNIX;
}

static void
get_local(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_local(ctx, record, false);
}

static void
get_where(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_local(ctx, record, true);
}

static void
get_foreign(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_peer(ctx, record);
}

static void
get_device(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->device);
}

static void
get_v6only(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->yes = l->v6only;
	ret->null = l->family == AF_INET6 && !l->v6only_known;
}

static void
get_also_ipv4(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->yes = l->also_ipv4;
}

static void
get_netns(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->netns ? l->netns->name : NULL);
}

static void
get_state(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_state(record);
}

static void
get_recv_queue(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->number = l->recv_queue;
}

static void
get_send_queue(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->number = l->send_queue;
}

static void
get_peer(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	char text[NET_ADDR_TEXT];

	ret->null = l->peer.family == 0;
	if (!ret->null)
		ret->text = arena_dup(ctx->arena, net_addr_text(&l->peer, text));
}

static void
get_peer_port(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->null = l->peer.family == 0;
	ret->number = l->peer_port;
}

static void
get_class(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->addr.family ? net_class_name(net_addr_class(&l->addr)) : NULL);
}

static void
get_inode(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->number = l->inode;
	ret->null = l->inode == 0;
}

static void
get_uid(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->number = l->uid;
}

static void
get_user(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->user);
}

static void
get_cgroup(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->cgroup);
}

static void
get_owners(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->row = (const char *)l->owners;
	ret->n = l->n_owners;
	ret->stride = sizeof(*l->owners);
}

static void
get_owners_state(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->text = listener_owners_name(l->owners_state);
}

static void
get_owner(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_owner(ctx, record);
}

static void
get_program(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	if (l->n_owners)
		ret->text = arena_printf(ctx->arena, "%d/%s", (int)l->owners[0].process->pid,
					 show_program(l->owners[0].process));
	else
		ret->text = show_owner(ctx, record);
}

static void
get_count(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->number = l->n_owners;
}

static void
get_starts(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	int64_t *numbers = arena_array(ctx->arena, l->n_starts + 1, sizeof(*numbers));

	for (uint32_t i = 0; i < l->n_starts; i++)
		numbers[i] =
			(int64_t)(uintptr_t)map_get(&ctx->start_at, (uintptr_t)l->starts[i].start) -
			1;
	ret->numbers = numbers;
	ret->n = l->n_starts;
}

static void
get_causes(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->row = (const char *)l->starts;
	ret->n = l->n_starts;
	ret->stride = sizeof(*l->starts);
}

static void
get_started(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	ret->text = show_started(ctx, record);
}

static void
get_no_start(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->n_starts ? NULL : l->no_start);
}

static void
get_service(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->service);
}

static void
get_what(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->text = l->rpc ? l->rpc : l->service ? l->service : "unknown";
}

static void
get_rpc(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->rpc);
}

static void
get_reach(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->text = reach_name(l->reach);
}

static void
get_reach_why(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->reach_why);
}

static void
get_filter(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->text = filter_answer_name(l->filter);
}

static void
get_verdict(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->text = verdict_name(l->verdict);
}

static void
get_reason(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	set_text(ret, l->reason);
}

static void
get_orphan(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	ret->yes = l->orphan;
}

static void
get_guards(struct report_ctx *ctx, const void *record, struct cell *ret)
{
	RECORD;
	const struct guard *guards = guards_of(ctx, l);

	ret->row = (const char *)guards;
	ret->n = GUARD_N;
	ret->stride = sizeof(*guards);
}

#define REACHES "host|link|private|anyone|unknown"
#define VERDICTS "keep|remove|disable|localize|restrict|confine"
#define FILTERS "unknown|open|some|closed"

static const struct column listener_columns[] = {
	{"protocol", NULL, COLUMN_TEXT, 0,
	 "tcp|udp|udplite|sctp|dccp|mptcp|raw|icmp|packet|unix|unix-dgram|unix-seqpacket|vsock|"
	 "netlink",
	 NULL, "kind of socket", get_protocol},
	{"proto", "PROTO", COLUMN_TEXT, COLUMN_SHOWN, NULL, NULL,
	 "kind of socket; 6 = IPv6, 6+4 = IPv6 that takes IPv4 as well", get_proto},
	{"family", NULL, COLUMN_TEXT, 0, "inet|inet6|unix|packet|vsock|netlink|other", NULL,
	 "family of its address", get_family},
	{"address", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL,
	 "numeric address; path of a unix socket (@ = abstract); context id of vsock", get_address},
	{"port", NULL, COLUMN_NUMBER, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL,
	 "port; raw: IP protocol; packet: link layer type; null for unix", get_port},
	{"local", "LOCAL ADDRESS", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "address and port", get_local},
	{"where", "ADDRESS:PORT", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "address and port, * for any address", get_where},
	{"foreign", "FOREIGN ADDRESS", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "the other end's address and port", get_foreign},
	{"device", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "interface it is bound to",
	 get_device},
	{"v6only", NULL, COLUMN_BOOL, COLUMN_NULL, NULL, NULL,
	 "IPV6_V6ONLY is set; null when not known", get_v6only},
	{"also_ipv4", NULL, COLUMN_BOOL, 0, NULL, NULL, "an IPv6 wildcard that takes IPv4 as well",
	 get_also_ipv4},
	{"netns", "NETNS", COLUMN_TEXT, COLUMN_NULL | COLUMN_FOLD, NULL, NULL, "network namespace",
	 get_netns},
	{"state", "STATE", COLUMN_TEXT, 0, NULL, NULL,
	 "as netstat says it; empty for unconnected datagram sockets", get_state},
	{"recv_queue", "RECV-Q", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL,
	 "bytes not read yet; listening: connections not accepted yet", get_recv_queue},
	{"send_queue", "SEND-Q", COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL,
	 "bytes not acknowledged; listening: the backlog's limit", get_send_queue},
	{"peer_address", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "the other end, if connected",
	 get_peer},
	{"peer_port", NULL, COLUMN_NUMBER, COLUMN_NULL, NULL, NULL, "its port", get_peer_port},
	{"class", "CLASS", COLUMN_TEXT, COLUMN_NULL, NULL, NULL,
	 "class of the address: loopback, link, private, global, multicast, any", get_class},
	{"inode", "INODE", COLUMN_NUMBER, COLUMN_NULL | COLUMN_RIGHT, NULL, NULL,
	 "number of the socket", get_inode},
	{"uid", NULL, COLUMN_NUMBER, COLUMN_RIGHT, NULL, NULL, "account that made the socket",
	 get_uid},
	{"user", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "its name", get_user},
	{"cgroup", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL,
	 "control group of the process that made the socket", get_cgroup},
	{"owners", NULL, COLUMN_ROWS, 0, NULL, &columns_owner, "processes that hold the socket",
	 get_owners},
	{"owners_state", NULL, COLUMN_TEXT, 0, "seen|part|kernel|hidden|gone", NULL,
	 "whether owners is everything", get_owners_state},
	{"owner", "OWNER", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "first owner (pid/program account), how many more, other accounts", get_owner},
	{"program", "PID/PROGRAM", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "first owner", get_program},
	{"count", "OWNERS", COLUMN_NUMBER, COLUMN_SHOWN | COLUMN_RIGHT, NULL, NULL,
	 "how many hold it", get_count},
	{"starts", NULL, COLUMN_NUMBERS, 0, NULL, NULL,
	 "what starts it: indexes of starts, best first", get_starts},
	{"started_by", NULL, COLUMN_ROWS, 0, NULL, &columns_cause, "the same with its evidence",
	 get_causes},
	{"started", "STARTED BY", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "mechanism, name, file:line", get_started},
	{"no_start", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "why starts is empty",
	 get_no_start},
	{"service", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "what it offers", get_service},
	{"what", "SERVICE", COLUMN_TEXT, COLUMN_SHOWN | COLUMN_FOLD, NULL, NULL,
	 "service or RPC program", get_what},
	{"rpc", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "RPC program by the port mapper",
	 get_rpc},
	{"reach", "REACH", COLUMN_TEXT, 0, REACHES, NULL, "from where it can be reached",
	 get_reach},
	{"reach_why", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "why that is so", get_reach_why},
	{"filter", NULL, COLUMN_TEXT, 0, FILTERS, NULL,
	 "what the packet filter lets through to it from other hosts", get_filter},
	{"verdict", "VERDICT", COLUMN_TEXT, 0, VERDICTS, NULL, "what should become of it",
	 get_verdict},
	{"reason", NULL, COLUMN_TEXT, COLUMN_NULL, NULL, NULL, "why", get_reason},
	{"orphan", NULL, COLUMN_BOOL, 0, NULL, NULL, "nothing will start it after a reboot",
	 get_orphan},
	{"guards", NULL, COLUMN_ROWS, 0, NULL, &columns_guard, "layers that protect it now",
	 get_guards},
	{NULL},
};

const struct column_set columns_listener = {"listener", "a socket", listener_columns};
