/*
 * Interfaces and their addresses by rtnetlink(7): RTM_GETLINK, then RTM_GETADDR. Read while
 * sockets.c is inside each network namespace, so that nobody has to enter them twice.
 */
#include "inventory/ifaces.h"

#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <libmnl/libmnl.h>

#include "base/vec.h"
#include "inventory/inventory.h"

/* linux/rtnetlink.h: leave out the statistics, which are most of the bytes. */
#define SKIP_STATS 8u

struct reader {
	struct audit *audit;
	const struct netns *netns;
	size_t from; /* this namespace's interfaces begin here */
};

static int
read_link(const struct nlmsghdr *message, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(message);
	struct reader *reader = data;
	const struct nlattr *attr;
	struct iface iface = {.netns = reader->netns};

	if (message->nlmsg_type != RTM_NEWLINK ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*info))
		return MNL_CB_OK;
	iface.index = (uint32_t)info->ifi_index;
	iface.up = info->ifi_flags & IFF_UP;
	iface.loopback = info->ifi_flags & IFF_LOOPBACK;
	for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(*info));
	     mnl_attr_ok(attr, (int)((char *)mnl_nlmsg_get_payload_tail(message) - (char *)attr));
	     attr = mnl_attr_next(attr))
		if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			iface.name = arena_dupn(reader->audit->arena, mnl_attr_get_payload(attr),
						strnlen(mnl_attr_get_payload(attr),
							mnl_attr_get_payload_len(attr)));
	if (iface.name)
		vec_push(reader->audit->arena, &reader->audit->ifaces, iface);
	return MNL_CB_OK;
}

static struct iface *
iface_of(struct reader *reader, uint32_t index)
{
	for (size_t i = reader->from; i < reader->audit->ifaces.n; i++)
		if (reader->audit->ifaces.v[i].index == index)
			return &reader->audit->ifaces.v[i];
	return NULL;
}

static void
add_addr(struct reader *reader, struct iface *iface, const struct iface_addr *addr)
{
	uint32_t n = iface->n_addrs;

	/* Full at 0, 1, 2, 4, 8, ...: in a namespace of his own a user may add a hundred thousand.
	 */
	if ((n & (n - 1)) == 0) {
		struct iface_addr *grown =
			arena_array(reader->audit->arena, n ? (size_t)n * 2 : 1, sizeof(*grown));

		if (n)
			memcpy(grown, iface->addrs, n * sizeof(*grown));
		iface->addrs = grown;
	}
	iface->addrs[n] = *addr;
	iface->n_addrs++;
}

/* On a point-to-point link IFA_ADDRESS is the other end, and IFA_LOCAL ours. */
static int
read_addr(const struct nlmsghdr *message, void *data)
{
	const struct ifaddrmsg *info = mnl_nlmsg_get_payload(message);
	struct reader *reader = data;
	const void *bytes = NULL;
	const struct nlattr *attr;
	struct iface_addr addr;
	struct iface *iface;
	size_t size;

	if (message->nlmsg_type != RTM_NEWADDR ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*info) ||
	    (info->ifa_family != AF_INET && info->ifa_family != AF_INET6))
		return MNL_CB_OK;
	size = info->ifa_family == AF_INET ? 4 : 16;
	for (attr = mnl_nlmsg_get_payload_offset(message, sizeof(*info));
	     mnl_attr_ok(attr, (int)((char *)mnl_nlmsg_get_payload_tail(message) - (char *)attr));
	     attr = mnl_attr_next(attr)) {
		unsigned type = mnl_attr_get_type(attr);

		if (mnl_attr_get_payload_len(attr) >= size &&
		    (type == IFA_LOCAL || (type == IFA_ADDRESS && !bytes)))
			bytes = mnl_attr_get_payload(attr);
	}
	iface = iface_of(reader, info->ifa_index);
	if (!bytes || !iface)
		return MNL_CB_OK;
	addr.addr = net_addr_of_bytes(info->ifa_family, bytes);
	addr.bits = info->ifa_prefixlen;
	if (net_addr_class(&addr.addr) == NET_CLASS_LINK && info->ifa_family == AF_INET6)
		addr.addr.scope = iface->index;
	add_addr(reader, iface, &addr);
	return MNL_CB_OK;
}

static int
dump(const struct mnl_socket *netlink, struct nlmsghdr *message, uint32_t seq, mnl_cb_t callback,
     struct reader *reader)
{
	_Alignas(struct nlmsghdr) char buf[32768];
	ssize_t n;
	int r;

	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = seq;
	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0)
		return -errno;
	do {
		n = mnl_socket_recvfrom(netlink, buf, sizeof(buf));
		if (n < 0)
			return -errno;
		r = mnl_cb_run(buf, (size_t)n, seq, 0, callback, reader);
	} while (r > MNL_CB_STOP);
	return r < 0 ? -errno : 0;
}

static int
ask(const struct mnl_socket *netlink, struct reader *reader)
{
	_Alignas(struct nlmsghdr) char buf[256];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	int r;

	message->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifinfomsg));
	mnl_attr_put_u32(message, IFLA_EXT_MASK, SKIP_STATS);
	r = dump(netlink, message, 1, read_link, reader);
	if (r < 0)
		return r;
	message = mnl_nlmsg_put_header(buf);
	message->nlmsg_type = RTM_GETADDR;
	mnl_nlmsg_put_extra_header(message, sizeof(struct ifaddrmsg));
	return dump(netlink, message, 2, read_addr, reader);
}

void
ifaces_read(struct audit *audit, const struct netns *netns)
{
	struct reader reader = {audit, netns, audit->ifaces.n};
	struct mnl_socket *netlink;
	int r;

	for (size_t i = 0; i < audit->ifaces.n; i++)
		if (audit->ifaces.v[i].netns == netns)
			return; /* read before */
	netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	r = netlink ? ask(netlink, &reader) : -errno;
	if (r < 0)
		diag_add(&audit->diags, DIAG_UNSEEN, NULL, 0, 0,
			 "cannot list the interfaces of network namespace %s: %s", netns->name,
			 strerror(-r));
	if (netlink)
		mnl_socket_close(netlink);
}

void
inventory_ifaces(struct audit *audit)
{
	struct netns *self = NULL;
	struct stat st;

	if (audit->ifaces.n)
		return; /* inventory_sockets was there already */
	for (size_t i = 0; i < audit->netns.n; i++)
		if (audit->netns.v[i]->self)
			self = audit->netns.v[i];
	if (!self) {
		self = arena_alloc(audit->arena, sizeof(*self));
		*self = (struct netns){.self = true, .name = "self"};
		if (stat("/proc/self/ns/net", &st) == 0)
			self->inode = st.st_ino;
		vec_push(audit->arena, &audit->netns, self);
	}
	ifaces_read(audit, self);
}
