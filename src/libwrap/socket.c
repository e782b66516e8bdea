/* Both ends of a socket. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "libwrap/own.h"
#include "net/sockaddr.h"
#include "wrap/facts.h"

int rfc931_timeout = 10;

bool
own_address(const struct sockaddr *from, struct net_addr *ret, uint16_t *ret_port)
{
	struct sockaddr_storage ss = {0};
	size_t n = 0;

	*ret = (struct net_addr){0};
	if (from)
		n = from->sa_family == AF_INET    ? sizeof(struct sockaddr_in)
		    : from->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						  : 0;
	if (!n)
		return false;
	memcpy(&ss, from, n);
	if (!net_sockaddr_read(&ss, ret, ret_port))
		return false;
	*ret = net_addr_unmap(ret);
	return true;
}

/* Takes the datagram off, so that nobody is started for it again. */
static void
take_datagram(int fd)
{
	char byte;

	(void)!recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
}

void
sock_host(struct request_info *request)
{
	static struct sockaddr_storage client, server;
	socklen_t n = sizeof(client);
	char byte;

	sock_methods(request);
	if (getpeername(request->fd, (struct sockaddr *)&client, &n) < 0) {
		n = sizeof(client);
		request->sink = take_datagram;
		if (recvfrom(request->fd, &byte, sizeof(byte), MSG_PEEK, (struct sockaddr *)&client,
			     &n) < 0) {
			tcpd_warn("can't get client address: %s", strerrordesc_np(errno));
			return;
		}
	}
	request->client->sin = (struct sockaddr *)&client;
	n = sizeof(server);
	if (getsockname(request->fd, (struct sockaddr *)&server, &n) == 0)
		request->server->sin = (struct sockaddr *)&server;
}

void
sock_hostaddr(struct host_info *host)
{
	struct net_addr addr;
	uint16_t port;
	char text[NET_ADDR_TEXT];

	if (!own_address(host->sin, &addr, &port))
		return;
	addr.scope = 0;
	own_copy(host->addr, net_addr_text(&addr, text));
}

void
sock_hostname(struct host_info *host)
{
	struct net_addr addr;
	uint16_t port;
	char name[256];
	bool liar;

	if (!own_address(host->sin, &addr, &port) || net_addr_is_wildcard(&addr))
		return;
	if (wrap_name(&addr, LIMIT_NAME_WAIT_MS, name, &liar) && strlen(name) < STRING_LENGTH)
		own_copy(host->name, name);
	else if (liar)
		own_copy(host->name, paranoid);
}

void
rfc931(struct sockaddr *client, struct sockaddr *server, char *user)
{
	struct access_client ends = {0};
	char text[256];
	unsigned ms = LIMIT_IDENT_WAIT_MS;

	if (rfc931_timeout > 0 && (unsigned)rfc931_timeout <= LIMIT_ASK_WAIT_MS / 1000)
		ms = (unsigned)rfc931_timeout * 1000;
	own_copy(user, unknown);
	if (own_address(client, &ends.addr, &ends.port) &&
	    own_address(server, &ends.local, &ends.local_port) && wrap_ident(&ends, ms, text))
		own_copy(user, text);
}

/* The original clears a source route and goes on for a moment; what it has let
 * in by then came by an address that was not the client's. */
void
fix_options(struct request_info *request)
{
	if (wrap_is_routed(request->fd)) {
		tcpd_warn("%s: source routing is refused", eval_hostaddr(request->client));
		shutdown(request->fd, SHUT_RDWR);
		refuse(request);
	}
	setsockopt(request->fd, IPPROTO_IP, IP_OPTIONS, NULL, 0);
}
