/*
 * The table of socket kinds, and what the parsers of the kernel's lists (diag.c, procnet.c) have
 * in common: which rows are kept, how the name of a unix socket is written.
 */
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "base/vec.h"
#include "inventory/sock.h"

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

const struct sock_kind sock_kinds[] = {
	/* MPTCP first: its listeners show up again as TCP ones, and are dropped there. */
	{NET_MPTCP, AF_INET, LIST_INET, .diag = true, .protocol = IPPROTO_MPTCP, .streams = true},
	{NET_MPTCP, AF_INET6, LIST_INET, .diag = true, .protocol = IPPROTO_MPTCP, .streams = true},
	{NET_TCP, AF_INET, LIST_INET, true, IPPROTO_TCP, "tcp", .streams = true},
	{NET_TCP, AF_INET6, LIST_INET, true, IPPROTO_TCP, "tcp6", .streams = true},
	{NET_UDP, AF_INET, LIST_INET, true, IPPROTO_UDP, "udp"},
	{NET_UDP, AF_INET6, LIST_INET, true, IPPROTO_UDP, "udp6"},
	{NET_UDPLITE, AF_INET, LIST_INET, true, IPPROTO_UDPLITE, "udplite"},
	{NET_UDPLITE, AF_INET6, LIST_INET, true, IPPROTO_UDPLITE, "udplite6"},
	{NET_SCTP, AF_INET, LIST_INET, true, IPPROTO_SCTP, .registered = "SCTP"},
	{NET_SCTP, AF_INET6, LIST_INET, true, IPPROTO_SCTP, .registered = "SCTPv6"},
	{NET_DCCP, AF_INET, LIST_INET, true, IPPROTO_DCCP, .registered = "DCCP", .streams = true},
	{NET_DCCP, AF_INET6, LIST_INET, true, IPPROTO_DCCP, .registered = "DCCPv6",
	 .streams = true},
	{NET_RAW, AF_INET, LIST_INET, true, IPPROTO_RAW, "raw"},
	{NET_RAW, AF_INET6, LIST_INET, true, IPPROTO_RAW, "raw6"},
	{NET_ICMP, AF_INET, LIST_INET, false, 0, "icmp"},
	{NET_ICMP, AF_INET6, LIST_INET, false, 0, "icmp6"},
	{NET_UNIX_STREAM, AF_UNIX, LIST_UNIX, true, 0, "unix"},
	{NET_PACKET, AF_PACKET, LIST_PACKET, true, 0, "packet"},
	{NET_VSOCK, AF_VSOCK, LIST_VSOCK, true, 0, .registered = "AF_VSOCK", .streams = true},
	{NET_NETLINK, AF_NETLINK, LIST_NETLINK, true, 0, "netlink", .on_request = true},
	{.family = 0},
};

/* Which rows belong into the list ---------------------------------------------------- */

bool
sock_wanted(const struct sock_out *out, const struct listener *row)
{
	if (out->all)
		return true;
	switch (row->proto) {
	case NET_TCP:
	case NET_MPTCP:
	case NET_SCTP:
	case NET_DCCP:
	case NET_VSOCK:
	case NET_UNIX_STREAM:
	case NET_UNIX_SEQPACKET:
		return row->state == SOCK_LISTEN;
	case NET_UNIX_DGRAM:
		return row->state == SOCK_CLOSE && row->path;
	case NET_PACKET:
	case NET_NETLINK:
		return true;
	default:
		return row->state == SOCK_CLOSE;
	}
}

struct listener *
sock_keep(struct sock_out *out, const struct listener *row)
{
	struct listener *kept = arena_alloc(out->arena, sizeof(*kept));

	*kept = *row;
	vec_push(out->arena, &out->rows, kept);
	return kept;
}

const char *
sock_unix_name(struct arena *arena, const char *bytes, size_t n)
{
	char *name;

	/* A path's length may or may not count its NUL; an abstract name's NULs all count. */
	if (n && bytes[0])
		n = strnlen(bytes, n);
	if (!n)
		return NULL;
	name = arena_dupn(arena, bytes, n);
	for (size_t i = 0; i < n; i++)
		if (!name[i])
			name[i] = '@';
	return name;
}
