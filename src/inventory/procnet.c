/*
 * Files of /proc/net -> rows, for kernels or namespaces where sock_diag cannot be asked;
 * proc(5), and net/ipv4/tcp_ipv4.c, af_unix.c, af_packet.c, af_netlink.c for the columns.
 * They lack v6only, the bound device, the cgroup and the cookie. Pure (fuzz/fuzz_procnet.c).
 * A unix socket's path may hold a newline and so forge a line: nothing in this file can tell,
 * which is one more reason to prefer sock_diag.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/num.h"
#include "inventory/sock.h"

static bool
hex32(struct span s, uint32_t *ret)
{
	uint64_t value;

	if (!num_u64(s, 16, UINT32_MAX, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

/* "0100007F:0016": 32-bit words as the machine keeps them, then the port in hex. */
static bool
address(struct span word, uint8_t family, struct net_addr *addr, uint32_t *port)
{
	struct span text = span_cut(&word, ':');
	size_t words = family == AF_INET6 ? 4 : 1;
	uint32_t bytes[4] = {0};

	if (text.n != words * 8 || !hex32(word, port))
		return false;
	for (size_t i = 0; i < words; i++)
		if (!hex32((struct span){text.p + i * 8, 8}, &bytes[i]))
			return false;
	*addr = net_addr_of_bytes(family, bytes);
	return true;
}

/* sl local remote st tx:rx tr:when retrnsmt uid timeout inode ... */
static bool
line_inet(const struct sock_kind *kind, struct span line, struct sock_out *out,
	  struct listener *row)
{
	struct span words[10], queues;
	uint32_t state;

	for (size_t i = 0; i < COUNT_OF(words); i++)
		words[i] = span_word(&line);
	queues = words[4];
	if (!address(words[1], kind->family, &row->addr, &row->port) ||
	    !address(words[2], kind->family, &row->peer, &row->peer_port) ||
	    !hex32(words[3], &state) || !hex32(span_cut(&queues, ':'), &row->send_queue) ||
	    !hex32(queues, &row->recv_queue) || !num_u32(words[7], UINT32_MAX, &row->uid) ||
	    !num_u32(words[9], UINT32_MAX, &row->inode))
		return false;
	row->family = kind->family;
	row->state = (uint8_t)state;
	if (!row->peer_port && row->state != SOCK_ESTABLISHED)
		row->peer = (struct net_addr){0};
	return state <= UINT8_MAX;
}

/* __SO_ACCEPTCON of the Flags column: the socket listens. */
#define UNIX_LISTENS 0x10000u

/* linux/net.h enum socket_state, column St. */
enum { UNIX_UNCONNECTED = 1, UNIX_CONNECTED = 3 };

/* Num: RefCount Protocol Flags Type St Inode [Path] */
static bool
line_unix(const struct sock_kind *kind, struct span line, struct sock_out *out,
	  struct listener *row)
{
	uint32_t flags, type, state;
	struct span words[7];

	for (size_t i = 0; i < COUNT_OF(words); i++)
		words[i] = span_word(&line);
	if (!span_ends(words[0], ":") || !hex32(words[3], &flags) || !hex32(words[4], &type) ||
	    !hex32(words[5], &state) || !num_u32(words[6], UINT32_MAX, &row->inode))
		return false;
	row->family = AF_UNIX;
	row->proto = type == SOCK_DGRAM       ? NET_UNIX_DGRAM
		     : type == SOCK_SEQPACKET ? NET_UNIX_SEQPACKET
					      : NET_UNIX_STREAM;
	row->state = flags & UNIX_LISTENS      ? SOCK_LISTEN
		     : state == UNIX_CONNECTED ? SOCK_ESTABLISHED
					       : SOCK_CLOSE;
	row->uid = PROCESS_UNKNOWN_ID;
	/* One blank stands before the path; the rest of the line is the path, blanks and all. */
	if (line.n > 1)
		row->path = sock_unix_name(out->arena, line.p + 1, line.n - 1);
	return true;
}

/* sk RefCnt Type Proto Iface R Rmem User Inode */
static bool
line_packet(const struct sock_kind *kind, struct span line, struct sock_out *out,
	    struct listener *row)
{
	struct span words[9];

	for (size_t i = 0; i < COUNT_OF(words); i++)
		words[i] = span_word(&line);
	row->family = AF_PACKET;
	row->state = SOCK_CLOSE;
	return hex32(words[3], &row->port) && num_u32(words[4], UINT32_MAX, &row->ifindex) &&
	       num_u32(words[6], UINT32_MAX, &row->recv_queue) &&
	       num_u32(words[7], UINT32_MAX, &row->uid) &&
	       num_u32(words[8], UINT32_MAX, &row->inode);
}

/* sk Eth Pid Groups Rmem Wmem Dump Locks Drops Inode */
static bool
line_netlink(const struct sock_kind *kind, struct span line, struct sock_out *out,
	     struct listener *row)
{
	struct span words[10];

	for (size_t i = 0; i < COUNT_OF(words); i++)
		words[i] = span_word(&line);
	row->family = AF_NETLINK;
	row->state = SOCK_CLOSE;
	row->uid = PROCESS_UNKNOWN_ID;
	return num_u32(words[1], UINT32_MAX, &row->port) &&
	       num_u32(words[2], UINT32_MAX, &row->peer_port) &&
	       num_u32(words[9], UINT32_MAX, &row->inode);
}

static bool
line_none(const struct sock_kind *kind, struct span line, struct sock_out *out,
	  struct listener *row)
{
	return false;
}

static bool (*const lines[])(const struct sock_kind *kind, struct span line, struct sock_out *out,
			     struct listener *row) = {
	[LIST_INET] = line_inet,  [LIST_UNIX] = line_unix,       [LIST_PACKET] = line_packet,
	[LIST_VSOCK] = line_none, [LIST_NETLINK] = line_netlink,
};

size_t
procnet_parse(const struct sock_kind *kind, struct span text, struct sock_out *out)
{
	size_t bad = 0;

	span_cut(&text, '\n'); /* the heading */
	while (text.n) {
		struct span line = span_cut(&text, '\n');
		struct listener row = {.proto = kind->proto};

		if (!lines[kind->format](kind, line, out, &row))
			bad++;
		else if (sock_wanted(out, &row))
			sock_keep(out, &row);
	}
	return bad;
}
