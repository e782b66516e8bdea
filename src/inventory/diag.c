/*
 * Replies of NETLINK_SOCK_DIAG -> rows; sock_diag(7), linux/inet_diag.h, unix_diag.h,
 * packet_diag.h, vm_sockets_diag.h, netlink_diag.h. Pure: no system call, any bytes will do
 * (fuzz/fuzz_diag.c). Attributes are looked up by type and only believed when they are
 * long enough.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

#include <libmnl/libmnl.h>

#include "inventory/sock.h"

/* The attributes behind a message's fixed part, by type; the last of a type counts. */
#define MAX_ATTRS 32

struct attrs {
	const struct nlattr *v[MAX_ATTRS];
};

static struct attrs
attrs_of(const struct nlmsghdr *message, size_t fixed)
{
	struct attrs attrs = {{NULL}};
	const char *at = (const char *)mnl_nlmsg_get_payload_offset(message, fixed);
	const char *end = mnl_nlmsg_get_payload_tail(message);

	while (end - at >= (ptrdiff_t)sizeof(struct nlattr)) {
		const struct nlattr *attr = (const void *)at;

		if (!mnl_attr_ok(attr, (int)(end - at)))
			break;
		if (mnl_attr_get_type(attr) < MAX_ATTRS)
			attrs.v[mnl_attr_get_type(attr)] = attr;
		at += MNL_ALIGN(attr->nla_len);
	}
	return attrs;
}

/* The attribute's bytes when there are enough of them, else NULL. */
static const void *
attr_bytes(const struct attrs *attrs, unsigned type, size_t least)
{
	const struct nlattr *attr = attrs->v[type];

	return attr && mnl_attr_get_payload_len(attr) >= least ? mnl_attr_get_payload(attr) : NULL;
}

static bool
attr_u32(const struct attrs *attrs, unsigned type, uint32_t *ret)
{
	const void *bytes = attr_bytes(attrs, type, sizeof(*ret));

	if (bytes)
		memcpy(ret, bytes, sizeof(*ret));
	return bytes != NULL;
}

static uint64_t
cookie_of(const uint32_t cookie[2])
{
	return (uint64_t)cookie[1] << 32 | cookie[0];
}

static bool
parse_inet(const struct nlmsghdr *message, struct sock_out *out, struct listener *row)
{
	const struct inet_diag_msg *msg = mnl_nlmsg_get_payload(message);
	struct attrs attrs = attrs_of(message, sizeof(*msg));
	const uint8_t *v6only = attr_bytes(&attrs, INET_DIAG_SKV6ONLY, 1);
	const void *cgroup = attr_bytes(&attrs, INET_DIAG_CGROUP_ID, sizeof(row->cgroup_id));

	row->family = msg->idiag_family;
	row->state = msg->idiag_state;
	row->addr = net_addr_of_bytes(row->family, msg->id.idiag_src);
	row->port = ntohs(msg->id.idiag_sport);
	if (msg->id.idiag_dport || row->state == SOCK_ESTABLISHED) {
		row->peer = net_addr_of_bytes(row->family, msg->id.idiag_dst);
		row->peer_port = ntohs(msg->id.idiag_dport);
	}
	row->ifindex = msg->id.idiag_if;
	row->cookie = cookie_of(msg->id.idiag_cookie);
	row->recv_queue = msg->idiag_rqueue;
	row->send_queue = msg->idiag_wqueue;
	row->uid = msg->idiag_uid;
	row->inode = msg->idiag_inode;
	if (v6only && row->family == AF_INET6) {
		row->v6only_known = true;
		row->v6only = *v6only != 0;
	}
	if (cgroup)
		memcpy(&row->cgroup_id, cgroup, sizeof(row->cgroup_id));
	return row->family == AF_INET || row->family == AF_INET6;
}

static enum net_proto
unix_proto(unsigned type)
{
	switch (type) {
	case SOCK_DGRAM:
		return NET_UNIX_DGRAM;
	case SOCK_SEQPACKET:
		return NET_UNIX_SEQPACKET;
	default:
		return NET_UNIX_STREAM;
	}
}

static bool
parse_unix(const struct nlmsghdr *message, struct sock_out *out, struct listener *row)
{
	const struct unix_diag_msg *msg = mnl_nlmsg_get_payload(message);
	struct attrs attrs = attrs_of(message, sizeof(*msg));
	const char *name = attr_bytes(&attrs, UNIX_DIAG_NAME, 1);
	const struct unix_diag_rqlen *queue = attr_bytes(&attrs, UNIX_DIAG_RQLEN, sizeof(*queue));

	row->family = AF_UNIX;
	row->proto = unix_proto(msg->udiag_type);
	row->state = msg->udiag_state;
	row->inode = msg->udiag_ino;
	row->cookie = cookie_of(msg->udiag_cookie);
	if (name)
		row->path = sock_unix_name(out->arena, name,
					   mnl_attr_get_payload_len(attrs.v[UNIX_DIAG_NAME]));
	if (queue) {
		row->recv_queue = queue->udiag_rqueue;
		row->send_queue = queue->udiag_wqueue;
	}
	attr_u32(&attrs, UNIX_DIAG_UID, &row->uid);
	return true;
}

static bool
parse_packet(const struct nlmsghdr *message, struct sock_out *out, struct listener *row)
{
	const struct packet_diag_msg *msg = mnl_nlmsg_get_payload(message);
	struct attrs attrs = attrs_of(message, sizeof(*msg));
	const struct packet_diag_info *info = attr_bytes(&attrs, PACKET_DIAG_INFO, sizeof(*info));

	row->family = AF_PACKET;
	row->state = SOCK_CLOSE;
	row->port = msg->pdiag_num;
	row->inode = msg->pdiag_ino;
	row->cookie = cookie_of(msg->pdiag_cookie);
	if (info)
		row->ifindex = info->pdi_index;
	attr_u32(&attrs, PACKET_DIAG_UID, &row->uid);
	return true;
}

static bool
parse_vsock(const struct nlmsghdr *message, struct sock_out *out, struct listener *row)
{
	const struct vsock_diag_msg *msg = mnl_nlmsg_get_payload(message);

	row->family = AF_VSOCK;
	row->state = msg->vdiag_state;
	row->cid = msg->vdiag_src_cid;
	row->port = msg->vdiag_src_port;
	row->peer_port = msg->vdiag_dst_port;
	row->inode = msg->vdiag_ino;
	row->cookie = cookie_of(msg->vdiag_cookie);
	return true;
}

static bool
parse_netlink(const struct nlmsghdr *message, struct sock_out *out, struct listener *row)
{
	const struct netlink_diag_msg *msg = mnl_nlmsg_get_payload(message);

	row->family = AF_NETLINK;
	row->state = msg->ndiag_state;
	row->port = msg->ndiag_protocol;
	row->peer_port = msg->ndiag_portid;
	row->inode = msg->ndiag_ino;
	row->cookie = cookie_of(msg->ndiag_cookie);
	return true;
}

static const struct {
	size_t fixed;
	bool (*parse)(const struct nlmsghdr *message, struct sock_out *out, struct listener *row);
} formats[] = {
	[LIST_INET] = {sizeof(struct inet_diag_msg), parse_inet},
	[LIST_UNIX] = {sizeof(struct unix_diag_msg), parse_unix},
	[LIST_PACKET] = {sizeof(struct packet_diag_msg), parse_packet},
	[LIST_VSOCK] = {sizeof(struct vsock_diag_msg), parse_vsock},
	[LIST_NETLINK] = {sizeof(struct netlink_diag_msg), parse_netlink},
};

/* NLMSG_ERROR and NLMSG_DONE both begin with the (negative) error number. */
static int
final_error(const struct nlmsghdr *message)
{
	int32_t error = 0;

	if (mnl_nlmsg_get_payload_len(message) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(message), sizeof(error));
	return error < 0 && error >= -4095 ? error : 0;
}

int
diag_parse(const struct sock_kind *kind, const void *bytes, size_t n, uint32_t seq,
	   struct sock_out *out)
{
	const char *at = bytes, *end = at + n;
	const struct nlmsghdr *message;

	/* mnl_nlmsg_ok() would take a length of 2^32-1 for -1 and never get on. */
	for (; end - at >= (ptrdiff_t)sizeof(*message); at += MNL_ALIGN(message->nlmsg_len)) {
		struct listener row = {.proto = kind->proto};

		message = (const void *)at;
		if (message->nlmsg_len < sizeof(*message) ||
		    message->nlmsg_len > (size_t)(end - at))
			break;
		if (message->nlmsg_seq != seq)
			continue;
		if (message->nlmsg_type == NLMSG_DONE || message->nlmsg_type == NLMSG_ERROR)
			return final_error(message);
		if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
		    mnl_nlmsg_get_payload_len(message) < formats[kind->format].fixed)
			continue;
		if (formats[kind->format].parse(message, out, &row) && sock_wanted(out, &row))
			sock_keep(out, &row);
	}
	return 1;
}
