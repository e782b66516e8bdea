#include "net/sockaddr.h"

#include <netinet/in.h>
#include <string.h>

socklen_t
net_sockaddr_of(const struct net_addr *addr, uint16_t port, struct sockaddr_storage *ret)
{
	struct sockaddr_in *in = (struct sockaddr_in *)(void *)ret;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)ret;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = addr->family;
	if (addr->family == AF_INET) {
		in->sin_port = htons(port);
		memcpy(&in->sin_addr, addr->bytes, sizeof(in->sin_addr));
		return sizeof(*in);
	}
	if (addr->family != AF_INET6)
		return 0;
	in6->sin6_port = htons(port);
	in6->sin6_scope_id = addr->scope;
	memcpy(&in6->sin6_addr, addr->bytes, sizeof(in6->sin6_addr));
	return sizeof(*in6);
}

bool
net_sockaddr_read(const struct sockaddr_storage *from, struct net_addr *ret, uint16_t *ret_port)
{
	const struct sockaddr_in *in = (const struct sockaddr_in *)(const void *)from;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)(const void *)from;

	if (from->ss_family == AF_INET) {
		*ret = net_addr_of_bytes(AF_INET, &in->sin_addr);
		*ret_port = ntohs(in->sin_port);
		return true;
	}
	if (from->ss_family != AF_INET6)
		return false;
	*ret = net_addr_of_bytes(AF_INET6, &in6->sin6_addr);
	ret->scope = in6->sin6_scope_id;
	*ret_port = ntohs(in6->sin6_port);
	return true;
}
