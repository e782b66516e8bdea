/* Finding built-ins, and which datagrams they may answer: see builtin.h. */
#include "builtin/builtin.h"

#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/attr.h"

const struct builtin *
builtin_find(const char *name)
{
	for (size_t i = 0; builtins[i]; i++)
		if (strcasecmp(builtins[i]->name, name) == 0)
			return builtins[i];
	return NULL;
}

/* Clients send from ports they were given; these belong to servers, which answer answers. */
static bool
is_server_port(uint16_t port)
{
	static const uint16_t above[] = {1434, 1900, 3702, 5353, 11211};

	if (port < IPPORT_RESERVED)
		return true;
	for (size_t i = 0; i < COUNT_OF(above); i++)
		if (above[i] == port)
			return true;
	return false;
}

/* 0/8, 240/4 (255/8 and the broadcast address are in it) */
static bool
is_nobody(const struct net_addr *addr)
{
	return addr->family == AF_INET && (addr->bytes[0] == 0 || addr->bytes[0] >= 240);
}

bool
builtin_may_answer(const struct net_addr *from, uint16_t port, const struct net_addr *local,
		   uint16_t local_port)
{
	struct net_addr source = net_addr_unmap(from), own = net_addr_unmap(local);

	if (is_server_port(port) || !source.family || is_nobody(&source))
		return false;
	switch (net_addr_class(&source)) {
	case NET_CLASS_MULTICAST:
	case NET_CLASS_ANY:
	case NET_CLASS_NONE:
		return false;
	case NET_CLASS_LOOPBACK: /* only this machine itself speaks so */
		if (own.family && net_addr_class(&own) != NET_CLASS_LOOPBACK)
			return false;
		break;
	default:
		break;
	}
	return !(port == local_port && net_addr_is(&source, &own));
}
