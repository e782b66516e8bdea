/* The live machine's answers: the name service switch (nsswitch.conf(5)). */
#include <grp.h>
#include <netdb.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <arpa/inet.h>

#include "base/limits.h"
#include "conf/conf.h"

/* One entry of a user or group database; larger ones are unknown. */
static char *
room(void)
{
	return malloc(LIMIT_ACCOUNT_BYTES);
}

static void
freep(char **p)
{
	free(*p);
}

static bool
user(void *data, const char *name, uid_t *ret_uid, gid_t *ret_gid)
{
	cleanup(freep) char *buf = room();
	struct passwd entry, *found = NULL;

	if (!buf || getpwnam_r(name, &entry, buf, LIMIT_ACCOUNT_BYTES, &found) || !found)
		return false;
	*ret_uid = entry.pw_uid;
	*ret_gid = entry.pw_gid;
	return true;
}

static bool
uid(void *data, uid_t wanted, const char **ret_name, gid_t *ret_gid)
{
	const struct passwd *found = getpwuid(wanted);

	if (!found)
		return false;
	*ret_name = found->pw_name;
	*ret_gid = found->pw_gid;
	return true;
}

static bool
group(void *data, const char *name, gid_t *ret_gid)
{
	cleanup(freep) char *buf = room();
	struct group entry, *found = NULL;

	if (!buf || getgrnam_r(name, &entry, buf, LIMIT_ACCOUNT_BYTES, &found) || !found)
		return false;
	*ret_gid = entry.gr_gid;
	return true;
}

static bool
port(void *data, const char *name, enum net_proto proto, uint16_t *ret)
{
	struct servent entry, *found = NULL;
	char buf[LIMIT_LOOKUP_BYTES];

	if (getservbyname_r(name, net_proto_name(proto), &entry, buf, sizeof(buf), &found) ||
	    !found)
		return false;
	*ret = ntohs((uint16_t)entry.s_port);
	return true;
}

static bool
rpc(void *data, const char *name, uint32_t *ret_program)
{
	struct rpcent entry, *found = NULL;
	char buf[LIMIT_LOOKUP_BYTES];

	if (getrpcbyname_r(name, &entry, buf, sizeof(buf), &found) || !found)
		return false;
	*ret_program = (uint32_t)entry.r_number;
	return true;
}

static bool
protocol(void *data, const char *name, uint32_t *ret_number)
{
	struct protoent entry, *found = NULL;
	char buf[LIMIT_LOOKUP_BYTES];

	if (getprotobyname_r(name, &entry, buf, sizeof(buf), &found) || !found)
		return false;
	*ret_number = (uint32_t)entry.p_proto;
	return true;
}

static bool
take_address(const struct sockaddr *from, struct net_addr *ret)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (from->sa_family == AF_INET) {
		memcpy(&v4, from, sizeof(v4));
		*ret = net_addr_of_bytes(AF_INET, &v4.sin_addr);
		return true;
	}
	if (from->sa_family != AF_INET6)
		return false;
	memcpy(&v6, from, sizeof(v6));
	*ret = net_addr_of_bytes(AF_INET6, &v6.sin6_addr);
	ret->scope = v6.sin6_scope_id;
	return true;
}

static size_t
host(void *data, const char *name, struct net_addr *ret, size_t max)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	size_t n = 0;

	if (getaddrinfo(name, NULL, &hints, &found))
		return 0;
	for (const struct addrinfo *a = found; a && n < max; a = a->ai_next)
		n += take_address(a->ai_addr, &ret[n]);
	freeaddrinfo(found);
	return n;
}

const struct conf_lookup conf_lookup_live = {
	.user = user,
	.uid = uid,
	.group = group,
	.port = port,
	.rpc = rpc,
	.protocol = protocol,
	.host = host,
};
