/*
 * Reach: from where a listener can be reached, if nothing filters. The address it is bound to,
 * cut down by the interfaces that are up in its network namespace and by a bound device.
 * A wildcard on a machine whose network is down counts as open to anyone: it will be.
 */
#include <sys/socket.h>

#include "base/span.h"
#include "judge/judge.h"

static const struct {
	enum reach reach;
	const char *why;
} of_class[NET_CLASS_N] = {
	[NET_CLASS_NONE] = {REACH_UNKNOWN, "no address known"},
	[NET_CLASS_LOOPBACK] = {REACH_HOST, "bound to a loopback address"},
	[NET_CLASS_LINK] = {REACH_LINK, "bound to a link-local address"},
	[NET_CLASS_PRIVATE] = {REACH_PRIVATE, "bound to a private address"},
	[NET_CLASS_GLOBAL] = {REACH_ANYONE, "bound to a public address"},
	[NET_CLASS_MULTICAST] = {REACH_LINK, "bound to a multicast address"},
	[NET_CLASS_ANY] = {REACH_ANYONE, "bound to all addresses"},
};

static int
width(enum reach reach)
{
	static const int widths[REACH_N] = {
		[REACH_HOST] = 0,   [REACH_LINK] = 1,    [REACH_PRIVATE] = 2,
		[REACH_ANYONE] = 3, [REACH_UNKNOWN] = 4,
	};

	return widths[reach];
}

static bool
takes_family(const struct listener *listener, int family)
{
	return listener->family == family || (family == AF_INET && listener->also_ipv4);
}

/* The widest address a wildcard socket stands for, over the interfaces that are up. */
static void
reach_of_wildcard(const struct audit *audit, struct listener *listener)
{
	struct arena *arena = audit->arena;
	const struct iface *widest_iface = NULL;
	const struct net_addr *widest = NULL;
	enum reach reach = REACH_HOST;
	bool known = false, up = false;
	char text[NET_ADDR_TEXT];

	for (size_t i = 0; i < audit->ifaces.n; i++) {
		const struct iface *iface = &audit->ifaces.v[i];

		if (iface->netns != listener->netns)
			continue;
		known = true;
		if (!iface->up || (listener->device && !text_is(listener->device, iface->name)))
			continue;
		for (uint32_t a = 0; a < iface->n_addrs; a++) {
			const struct net_addr *addr = &iface->addrs[a].addr;
			enum reach one = of_class[net_addr_class(addr)].reach;

			/* The loopback interface may hold the machine's public address, too. */
			if (!takes_family(listener, addr->family) ||
			    (iface->loopback && one == REACH_HOST))
				continue;
			up = true;
			if (!widest || width(one) > width(reach)) {
				reach = one;
				widest = addr;
				widest_iface = iface;
			}
		}
	}
	if (!known) {
		listener->reach = REACH_UNKNOWN;
		listener->reach_why = "bound to all addresses; its interfaces could not be seen";
	} else if (!up) {
		listener->reach = REACH_ANYONE;
		listener->reach_why = "bound to all addresses; no network is up for it now";
	} else {
		listener->reach = reach;
		listener->reach_why = arena_printf(arena, "bound to all addresses; %s has %s",
						   widest_iface->name, net_addr_text(widest, text));
	}
}

static bool
bound_to_loopback_device(const struct audit *audit, const struct listener *listener)
{
	bool known = false;

	for (size_t i = 0; i < audit->ifaces.n; i++) {
		const struct iface *iface = &audit->ifaces.v[i];

		if (iface->netns != listener->netns)
			continue;
		known = true;
		if (iface->loopback && text_is(iface->name, listener->device))
			return true;
	}
	/* Any interface can be given that name. */
	return !known && text_is(listener->device, "lo");
}

/* Families without Internet addresses. */
static const struct {
	enum net_proto proto;
	enum reach reach;
	const char *why;
} others[] = {
	{NET_UNIX_STREAM, REACH_HOST, "a local socket"},
	{NET_UNIX_DGRAM, REACH_HOST, "a local socket"},
	{NET_UNIX_SEQPACKET, REACH_HOST, "a local socket"},
	{NET_NETLINK, REACH_HOST, "talks to the kernel"},
	{NET_VSOCK, REACH_PRIVATE, "reachable from the host and its virtual machines"},
	{NET_PACKET, REACH_LINK, "sees the packets of the link"},
};

void
judge_reach(const struct audit *audit, struct listener *listener)
{
	enum net_class class = net_addr_class(&listener->addr);

	for (size_t i = 0; i < COUNT_OF(others); i++)
		if (others[i].proto == listener->proto) {
			listener->reach = others[i].reach;
			listener->reach_why = others[i].why;
			return;
		}
	if (listener->device && bound_to_loopback_device(audit, listener)) {
		listener->reach = REACH_HOST;
		listener->reach_why = "bound to the loopback interface";
		return;
	}
	if (class == NET_CLASS_ANY) {
		reach_of_wildcard(audit, listener);
		return;
	}
	listener->reach = of_class[class].reach;
	listener->reach_why = of_class[class].why;
}
