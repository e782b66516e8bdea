/* Short texts about a listener for people: where, who, by what. The words of netstat and lsof
 * where they have one. */
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "report/columns.h"

const char *
show_proto(struct report_ctx *ctx, const struct listener *listener)
{
	const char *name = net_proto_name(listener->proto);

	if (listener->family != AF_INET6)
		return name;
	return arena_printf(ctx->arena, "%s6%s", name, listener->also_ipv4 ? "+4" : "");
}

/* Port names only where a table asks for them and knows them. */
static const char *
show_port(struct report_ctx *ctx, enum net_proto proto, uint32_t port)
{
	const struct report_options *options = ctx->options;
	const char *name = NULL;

	if (port == 0 && proto != NET_RAW)
		return "*";
	if (!options->numeric && options->port_name && net_proto_has_port(proto))
		name = options->port_name(options->port_names, proto, port);
	return name ? name : arena_printf(ctx->arena, "%u", port);
}

static const char *
inet_text(struct report_ctx *ctx, const struct listener *listener, const struct net_addr *addr,
	  uint32_t port, bool brief)
{
	const char *number = show_port(ctx, listener->proto, port);
	char text[NET_ADDR_TEXT];

	struct net_addr bare = *addr;

	if (brief && !ctx->options->numeric && net_addr_is_wildcard(addr))
		return arena_printf(ctx->arena, "*:%s", number);
	/* The device's name says more than its number. */
	if (listener->device)
		bare.scope = 0;
	net_addr_text(&bare, text);
	return arena_printf(ctx->arena, addr->family == AF_INET6 ? "[%s]:%s" : "%s:%s", text,
			    number);
}

const char *
show_local(struct report_ctx *ctx, const struct listener *listener, bool brief)
{
	const char *text;

	/* A saved listing may name a host whose address it does not tell. */
	if (net_proto_is_inet(listener->proto) && listener->addr.family == 0)
		return arena_printf(ctx->arena, "%s:%s", listener->path ? listener->path : "?",
				    show_port(ctx, listener->proto, listener->port));
	switch (listener->family) {
	case AF_INET:
	case AF_INET6:
		text = inet_text(ctx, listener, &listener->addr, listener->port, brief);
		break;
	case AF_UNIX:
		return listener->path ? listener->path : "(unnamed)";
	case AF_VSOCK:
		text = listener->cid == UINT32_MAX
			       ? arena_printf(ctx->arena, "*:%u", listener->port)
			       : arena_printf(ctx->arena, "%u:%u", listener->cid, listener->port);
		break;
	case AF_PACKET:
		text = arena_printf(ctx->arena, "type 0x%04x", listener->port);
		break;
	default:
		text = arena_printf(ctx->arena, "%u", listener->port);
	}
	return listener->device ? arena_printf(ctx->arena, "%s%%%s", text, listener->device) : text;
}

const char *
show_peer(struct report_ctx *ctx, const struct listener *listener)
{
	if (!net_proto_is_inet(listener->proto))
		return "";
	if (listener->peer.family == 0)
		return listener->family == AF_INET6 ? "[::]:*" : "0.0.0.0:*";
	return inet_text(ctx, listener, &listener->peer, listener->peer_port, false);
}

static const char *const tcp_states[] = {
	[TCP_ESTABLISHED] = "ESTABLISHED",
	[TCP_SYN_SENT] = "SYN_SENT",
	[TCP_SYN_RECV] = "SYN_RECV",
	[TCP_FIN_WAIT1] = "FIN_WAIT1",
	[TCP_FIN_WAIT2] = "FIN_WAIT2",
	[TCP_TIME_WAIT] = "TIME_WAIT",
	[TCP_CLOSE] = "CLOSE",
	[TCP_CLOSE_WAIT] = "CLOSE_WAIT",
	[TCP_LAST_ACK] = "LAST_ACK",
	[TCP_LISTEN] = "LISTEN",
	[TCP_CLOSING] = "CLOSING",
	[TCP_CLOSING + 1] = "NEW_SYN_RECV",
};

/* As netstat says it: no state for unconnected datagrams, a number for raw sockets. */
const char *
show_state(const struct listener *listener)
{
	bool stream = listener->proto == NET_TCP || listener->proto == NET_SCTP ||
		      listener->proto == NET_DCCP || listener->proto == NET_MPTCP ||
		      listener->proto == NET_UNIX_STREAM || listener->proto == NET_UNIX_SEQPACKET ||
		      listener->proto == NET_VSOCK;

	if (listener->proto == NET_RAW)
		return listener->state == TCP_ESTABLISHED ? "1" : "7";
	if (listener->state >= COUNT_OF(tcp_states) || !tcp_states[listener->state])
		return "";
	if (!stream && listener->state == TCP_CLOSE)
		return "";
	return tcp_states[listener->state];
}

const char *
show_program(const struct process *process)
{
	if (process->exe && *process->exe)
		return text_basename(process->exe);
	return process->comm ? process->comm : "?";
}

static bool
is_among(const char *const *list, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++)
		if (text_is(list[i], text))
			return true;
	return false;
}

/* "812/nginx root +5 www-data": one line, every account named once (AUD-11). */
const char *
show_owner(struct report_ctx *ctx, const struct listener *listener)
{
	const char *users[16], *text;
	const struct process *first;
	size_t n = 0;

	if (listener->owners_state == OWNERS_KERNEL)
		return "kernel";
	if (listener->n_owners == 0) {
		text = listener->owners_state == OWNERS_GONE ? "gone" : "not visible";
		return listener->user ? arena_printf(ctx->arena, "%s (%s)", text, listener->user)
				      : text;
	}
	first = listener->owners[0].process;
	text = arena_printf(ctx->arena, "%d/%s%s%s%s", (int)first->pid, show_program(first),
			    first->exe_deleted ? "(deleted)" : "", first->user ? " " : "",
			    first->user ? first->user : "");
	if (listener->n_owners == 1)
		return listener->owners_state == OWNERS_PART
			       ? arena_printf(ctx->arena, "%s ...", text)
			       : text;
	text = arena_printf(ctx->arena, "%s +%u", text, listener->n_owners - 1);
	users[n++] = first->user ? first->user : "";
	for (uint32_t i = 1; i < listener->n_owners && n < COUNT_OF(users); i++) {
		const char *user = listener->owners[i].process->user;

		if (!user || is_among(users, n, user))
			continue;
		users[n++] = user;
		text = arena_printf(ctx->arena, "%s %s", text, user);
	}
	return n < COUNT_OF(users) ? text : arena_printf(ctx->arena, "%s ...", text);
}

const char *
show_place(struct report_ctx *ctx, const struct start *start)
{
	if (!start->file)
		return "";
	return start->line ? arena_printf(ctx->arena, "%s:%u", start->file, start->line)
			   : start->file;
}

const char *
show_started(struct report_ctx *ctx, const struct listener *listener)
{
	const struct listener_start *cause = listener->starts;
	const char *gone = listener->orphan ? "; gone after a reboot" : "";
	const char *more = "";

	if (listener->n_starts == 0)
		return listener->no_start ? listener->no_start : "cannot find what starts it";
	if (listener->n_starts > 1)
		more = arena_printf(ctx->arena, " (+%u)", listener->n_starts - 1);
	return arena_printf(ctx->arena, "by %s %s%s%s%s%s%s", cause->start->mechanism,
			    cause->start->name ? cause->start->name : "",
			    cause->start->file ? " " : "", show_place(ctx, cause->start),
			    cause->guess ? " (a guess)" : "", more, gone);
}

const char *
show_time(struct report_ctx *ctx, int64_t when)
{
	time_t seconds = (time_t)when;
	struct tm tm;
	char text[64];

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm))
		return "";
	return arena_dup(ctx->arena, text);
}
