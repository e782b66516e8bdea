/* What is known of a request: set by the program, or looked up when it is asked
 * for. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "libwrap/own.h"
#include "net/sockaddr.h"

char unknown[] = STRING_UNKNOWN;
char paranoid[] = STRING_PARANOID;

void
own_copy(char to[STRING_LENGTH], const char *from)
{
	snprintf(to, STRING_LENGTH, "%s", from ? from : "");
}

static void
set(struct request_info *request, va_list ap)
{
	int key;

	while ((key = va_arg(ap, int)) > 0) {
		switch (key) {
		case RQ_FILE:
			request->fd = va_arg(ap, int);
			break;
		case RQ_DAEMON:
			own_copy(request->daemon, va_arg(ap, char *));
			break;
		case RQ_USER:
			own_copy(request->user, va_arg(ap, char *));
			break;
		case RQ_CLIENT_NAME:
			own_copy(request->client->name, va_arg(ap, char *));
			break;
		case RQ_CLIENT_ADDR:
			own_copy(request->client->addr, va_arg(ap, char *));
			break;
		case RQ_CLIENT_SIN:
			request->client->sin = va_arg(ap, struct sockaddr *);
			break;
		case RQ_SERVER_NAME:
			own_copy(request->server->name, va_arg(ap, char *));
			break;
		case RQ_SERVER_ADDR:
			own_copy(request->server->addr, va_arg(ap, char *));
			break;
		case RQ_SERVER_SIN:
			request->server->sin = va_arg(ap, struct sockaddr *);
			break;
		default: /* the kind of its value is not known, so nothing behind it is */
			tcpd_warn("request_set: invalid key: %d", key);
			return;
		}
	}
}

struct request_info *
request_init(struct request_info *request, ...)
{
	va_list ap;

	memset(request, 0, sizeof(*request));
	request->fd = -1;
	own_copy(request->daemon, unknown);
	snprintf(request->pid, sizeof(request->pid), "%d", getpid());
	request->client->request = request->server->request = request;
	va_start(ap, request);
	set(request, ap);
	va_end(ap);
	return request;
}

struct request_info *
request_set(struct request_info *request, ...)
{
	va_list ap;

	va_start(ap, request);
	set(request, ap);
	va_end(ap);
	return request;
}

char *
eval_user(struct request_info *request)
{
	if (request->user[0])
		return request->user;
	own_copy(request->user, unknown);
	if (request->client->sin && request->server->sin)
		rfc931(request->client->sin, request->server->sin, request->user);
	return request->user;
}

char *
eval_hostaddr(struct host_info *host)
{
	if (host->addr[0])
		return host->addr;
	own_copy(host->addr, unknown);
	if (host->request->hostaddr)
		host->request->hostaddr(host);
	return host->addr;
}

char *
eval_hostname(struct host_info *host)
{
	if (host->name[0])
		return host->name;
	own_copy(host->name, unknown);
	if (host->request->hostname)
		host->request->hostname(host);
	return host->name;
}

char *
eval_hostinfo(struct host_info *host)
{
	char *name = eval_hostname(host);

	return HOSTNAME_KNOWN(name) ? name : eval_hostaddr(host);
}

char *
eval_client(struct request_info *request)
{
	static char both[2 * STRING_LENGTH];
	char *host = eval_hostinfo(request->client);

	if (!request->user[0] || !STR_NE(request->user, unknown))
		return host;
	snprintf(both, sizeof(both), "%s@%s", request->user, host);
	return both;
}

char *
eval_server(struct request_info *request)
{
	static char both[2 * STRING_LENGTH];
	char *host = eval_hostinfo(request->server);

	if (!STR_NE(host, unknown))
		return request->daemon;
	snprintf(both, sizeof(both), "%s@%s", request->daemon, host);
	return both;
}

char *
eval_port(struct sockaddr *address)
{
	static char port_text[8];
	struct net_addr addr;
	uint16_t port = 0;

	own_address(address, &addr, &port);
	snprintf(port_text, sizeof(port_text), "%u", port);
	return port_text;
}
