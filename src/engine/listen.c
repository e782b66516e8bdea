/* See listen.h. */
#include "engine/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "net/sockaddr.h"

enum {
	FIRST_PASSED = 3, /* SD_LISTEN_FDS_START */
	RETRY_MS = 10,
	BACKLOG = 4096 /* the kernel cuts it to net.core.somaxconn */
};

/* A socket's address as bind(2) takes it. */
struct place {
	struct sockaddr_storage addr;
	socklen_t size;
};

/* "0.0.0.0 port 80", "::1 port 7 on eth0", "/run/x" */
static const char *
listen_text(const struct service_listener *l, char ret[LISTEN_TEXT])
{
	char addr[NET_ADDR_TEXT];

	if (!l->addr.family)
		snprintf(ret, LISTEN_TEXT, "%s", l->path ? l->path : "(no address)");
	else
		snprintf(ret, LISTEN_TEXT, "%s port %u%s%s", net_addr_text(&l->addr, addr), l->port,
			 l->device ? " on " : "", l->device ? l->device : "");
	return ret;
}

static bool
is_abstract(const char *path)
{
	return path[0] == '@';
}

static int
place_of(const struct service_listener *l, struct place *ret)
{
	struct sockaddr_un *un = (struct sockaddr_un *)(void *)&ret->addr;
	size_t n;

	ret->size = net_sockaddr_of(&l->addr, l->port, &ret->addr);
	if (ret->size)
		return 0;
	if (!l->path || !l->path[0])
		return -EINVAL;
	n = strlen(l->path);
	if (n >= sizeof(un->sun_path))
		return -ENAMETOOLONG;
	un->sun_family = AF_UNIX;
	memcpy(un->sun_path, l->path, n);
	ret->size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n + 1);
	if (is_abstract(l->path)) {
		un->sun_path[0] = '\0';
		ret->size--;
	}
	return 0;
}

/*
 * Options
 */

static int
set_int(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int
get_int(int fd, int level, int option, int otherwise)
{
	int value;
	socklen_t size = sizeof(value);

	return getsockopt(fd, level, option, &value, &size) < 0 ? otherwise : value;
}

/* Above net.core.[rw]mem_max only for the privileged; others get as much as there is. */
static int
set_buffer(int fd, uint32_t bytes, int force, int option)
{
	int value = bytes > INT_MAX / 2 ? INT_MAX / 2 : (int)bytes;

	if (!bytes || set_int(fd, SOL_SOCKET, force, value) == 0)
		return 0;
	return set_int(fd, SOL_SOCKET, option, value);
}

static bool
is_connected_type(int type)
{
	return type == SOCK_STREAM || type == SOCK_SEQPACKET;
}

static bool
is_tcp(int fd)
{
	return get_int(fd, SOL_SOCKET, SO_PROTOCOL, 0) == IPPROTO_TCP;
}

/* A built-in answers from the address that was asked: the kernel notes it as a datagram comes. */
static void
ask_for_addresses(int fd)
{
	set_int(fd, IPPROTO_IP, IP_PKTINFO, 1);
	set_int(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1); /* not of an IPv4 socket */
}

/* waiting.c tells datagrams by the time they came, which the kernel notes only after somebody has
 * asked for it. */
static void
ask_for_times(int fd)
{
	struct timespec at;

	(void)!ioctl(fd, SIOCGSTAMPNS, &at);
}

int
listen_apply(int fd, const struct service *service)
{
	int backlog = service->backlog > INT_MAX ? INT_MAX : (int)service->backlog;
	int r = set_buffer(fd, service->sndbuf, SO_SNDBUFFORCE, SO_SNDBUF);

	if (!r)
		r = set_buffer(fd, service->rcvbuf, SO_RCVBUFFORCE, SO_RCVBUF);
	if (service->kind == SERVICE_BUILTIN && service->type == SOCK_DGRAM)
		ask_for_addresses(fd);
	if (service->kind == SERVICE_PROGRAM && service->type == SOCK_DGRAM)
		ask_for_times(fd);
	if (!r && is_tcp(fd))
		r = set_int(fd, IPPROTO_TCP, TCP_NODELAY, service->nodelay);
	if (!r && is_connected_type(service->type)) {
		r = set_int(fd, SOL_SOCKET, SO_KEEPALIVE, service->keepalive);
		if (!r && listen(fd, backlog ? backlog : BACKLOG) < 0)
			r = -errno;
	}
	return r;
}

/*
 * With SO_REUSEADDR on both, two datagram sockets may share a port and the later one gets all: for
 * ports that anybody may bind that would be an invitation.
 */
static int
set_before_bind(const struct listen *listen, int fd, const struct service *service,
		const struct service_listener *l)
{
	bool reuse = is_connected_type(service->type) || l->port < listen->free_port;
	int r = 0;

	if (!l->addr.family)
		return 0;
	if (l->addr.family == AF_INET6)
		r = set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY,
			    l->v6only || !net_addr_is_wildcard(&l->addr));
	if (!r && reuse && l->port && service->type != SOCK_RAW)
		r = set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (!r && l->device &&
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, l->device, (socklen_t)strlen(l->device)) <
		    0)
		r = -errno;
	return r;
}

/*
 * Paths. The file is born without any permission (unix(7): fchmod(2) of the socket before bind(2)
 * decides), and gets owner and mode through a descriptor of just that file.
 */

static bool
same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int
give_away(const struct service_listener *l)
{
	char proc[64];
	struct stat st;
	auto_fd fd = open(l->path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	mode_t mask = umask(0), mode = l->mode ? l->mode & 07777 : 0777 & ~mask;

	umask(mask);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return -EEXIST; /* not the one we made */
	if ((l->owner != (uid_t)-1 || l->group != (gid_t)-1) &&
	    fchownat(fd, "", l->owner, l->group, AT_EMPTY_PATH) < 0)
		return -errno;
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return chmod(proc, mode) < 0 ? -errno : 0;
}

/* 0: nobody listens there and it is gone now. */
static int
remove_stale(const struct service *service, const struct service_listener *l,
	     const struct place *place)
{
	struct stat before, now;
	auto_fd probe = socket(AF_UNIX, service->type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (probe < 0 || lstat(l->path, &before) < 0)
		return -errno;
	if (!S_ISSOCK(before.st_mode))
		return -EEXIST;
	if (connect(probe, (const struct sockaddr *)&place->addr, place->size) == 0 ||
	    errno != ECONNREFUSED)
		return -EADDRINUSE;
	if (lstat(l->path, &now) < 0 || !same_file(&before, &now))
		return -EADDRINUSE; /* somebody was quicker */
	return unlink(l->path) < 0 ? -errno : 0;
}

void
listen_remove(const struct service_listener *l)
{
	struct stat st;

	if (!l->addr.family && l->path && !is_abstract(l->path) && lstat(l->path, &st) == 0 &&
	    S_ISSOCK(st.st_mode))
		unlink(l->path);
}

static int
bind_path(int fd, const struct service *service, const struct service_listener *l,
	  const struct place *place)
{
	int r;

	if (fchmod(fd, 0) < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&place->addr, place->size) < 0) {
		if (errno != EADDRINUSE)
			return -errno;
		r = remove_stale(service, l, place);
		if (r < 0)
			return r;
		if (bind(fd, (const struct sockaddr *)&place->addr, place->size) < 0)
			return -errno;
	}
	r = give_away(l);
	if (r < 0)
		listen_remove(l);
	return r;
}

static int
bind_once(int fd, const struct service *service, const struct service_listener *l,
	  const struct place *place)
{
	if (!l->addr.family && !is_abstract(l->path))
		return bind_path(fd, service, l, place);
	return bind(fd, (const struct sockaddr *)&place->addr, place->size) < 0 ? -errno : 0;
}

static int
bind_patiently(struct listen *listen, int fd, const struct service *service,
	       const struct service_listener *l, const struct place *place)
{
	const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};
	int r;

	while ((r = bind_once(fd, service, l, place)) == -EADDRINUSE && listen->patience_ms) {
		listen->patience_ms -=
			RETRY_MS < listen->patience_ms ? RETRY_MS : listen->patience_ms;
		nanosleep(&pause, NULL);
	}
	return r;
}

/*
 * Sockets passed to us
 */

/* Decimal and nothing else, as sd_listen_fds(3) wants it. */
static bool
env_number(const char *name, uint32_t *ret)
{
	const char *text = getenv(name);

	return text && num_u32(span_of(text), INT_MAX, ret);
}

static void
take_passed(struct listen *listen, uint32_t n)
{
	listen->passed = calloc(n ? n : 1, sizeof(*listen->passed));
	if (!listen->passed)
		err_no_memory();
	for (uint32_t i = 0; i < n; i++) {
		int fd = FIRST_PASSED + (int)i;

		if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
			listen->passed[listen->n_passed++] = fd;
	}
}

/* What ip_unprivileged_port_start says; 1024 where it cannot be read. */
static uint16_t
first_free_port(void)
{
	char text[16];
	uint16_t port;
	int n = fd_read_small_at(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", text,
				 sizeof(text));

	return n > 0 && num_port(span_trim(span_of(text)), &port) ? port : 1024;
}

void
listen_begin(struct listen *listen)
{
	uint32_t pid, n;

	*listen = (struct listen){.free_port = first_free_port()};
	if (env_number("LISTEN_PID", &pid) && (pid_t)pid == getpid() &&
	    env_number("LISTEN_FDS", &n) && n <= LIMIT_PASSED_SOCKETS)
		take_passed(listen, n);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
}

void
listen_end(struct listen *listen)
{
	char text[LISTEN_TEXT];

	while (listen_leftover(listen, text))
		;
	free(listen->passed);
	listen->passed = NULL;
	listen->n_passed = 0;
}

static void
passed_text(int fd, char ret[LISTEN_TEXT])
{
	struct sockaddr_storage at = {0};
	const struct sockaddr_un *un = (const struct sockaddr_un *)(const void *)&at;
	socklen_t size = sizeof(at);
	struct net_addr addr;
	char text[NET_ADDR_TEXT];
	uint16_t port;

	if (getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		snprintf(ret, LISTEN_TEXT, "descriptor %d: no socket", fd);
	else if (net_sockaddr_read(&at, &addr, &port))
		snprintf(ret, LISTEN_TEXT, "descriptor %d: %s port %u, socket type %d", fd,
			 net_addr_text(&addr, text), port, get_int(fd, SOL_SOCKET, SO_TYPE, 0));
	else if (at.ss_family == AF_UNIX)
		snprintf(ret, LISTEN_TEXT, "descriptor %d: unix socket %s%.*s", fd,
			 un->sun_path[0] ? "" : "@", (int)sizeof(un->sun_path) - 1,
			 un->sun_path[0] ? un->sun_path : un->sun_path + 1);
	else
		snprintf(ret, LISTEN_TEXT, "descriptor %d: address family %d", fd, at.ss_family);
}

bool
listen_leftover(struct listen *listen, char ret[LISTEN_TEXT])
{
	while (listen->n_passed) {
		int fd = listen->passed[--listen->n_passed];

		if (fd < 0)
			continue;
		passed_text(fd, ret);
		fd_close(fd);
		return true;
	}
	return false;
}

static bool
same_device(int fd, const char *device)
{
	char name[IF_NAMESIZE] = "";
	socklen_t size = sizeof(name);

	if (getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &size) < 0)
		return false;
	return strcmp(name, device ? device : "") == 0;
}

static bool
same_address(int fd, const struct service_listener *l, const struct place *place)
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	struct net_addr addr;
	uint16_t port;

	if (getsockname(fd, (struct sockaddr *)&at, &size) < 0)
		return false;
	if (!l->addr.family)
		return size == place->size && memcmp(&at, &place->addr, size) == 0;
	if (!net_sockaddr_read(&at, &addr, &port) || port != l->port ||
	    !net_addr_is(&addr, &l->addr))
		return false;
	return addr.family != AF_INET6 || !net_addr_is_wildcard(&addr) ||
	       !get_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0) == !l->v6only;
}

static bool
fits(int fd, const struct service *service, const struct service_listener *l,
     const struct place *place)
{
	if (get_int(fd, SOL_SOCKET, SO_TYPE, -1) != service->type ||
	    (service->protocol && get_int(fd, SOL_SOCKET, SO_PROTOCOL, -1) != service->protocol))
		return false;
	return same_address(fd, l, place) && (!l->addr.family || same_device(fd, l->device));
}

/* -1: none of those passed. */
static int
find_passed(struct listen *listen, const struct service *service, const struct service_listener *l,
	    const struct place *place)
{
	if (l->addr.family && !l->port)
		return -1;
	for (size_t i = 0; i < listen->n_passed; i++) {
		int fd = listen->passed[i];

		if (fd < 0 || !fits(fd, service, l, place))
			continue;
		listen->passed[i] = -1;
		return fd;
	}
	return -1;
}

static int
make_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

/*
 * Opening
 */

static int
new_socket(int family, const struct service *service)
{
	int fd = socket(family, service->type | SOCK_CLOEXEC | SOCK_NONBLOCK,
			family == AF_UNIX ? 0 : service->protocol);

	return fd < 0 ? -errno : fd;
}

/* One socket for both families where there is only IPv4: that one then, it takes no more. */
static bool
falls_back(const struct service_listener *l)
{
	return l->addr.family == AF_INET6 && !l->v6only && net_addr_is_wildcard(&l->addr);
}

static const struct {
	int code;
	const char *says;
} hints[] = {
	{-EADDRINUSE, "another program listens there"},
	{-EEXIST, "there is a file of that name that is not a socket"},
	{-ENAMETOOLONG, "the path of a unix socket has at most 107 bytes"},
	{-EADDRNOTAVAIL, "this machine does not have that address"},
	{-EAFNOSUPPORT, "this machine has no such address family"},
	{-EPROTONOSUPPORT, "the kernel does not have that protocol"},
	{-EACCES, "not without privilege"},
	{-ENODEV, "there is no such network interface"},
};

static int
failed(const struct service *service, const struct service_listener *l, int code, struct err *err)
{
	char text[LISTEN_TEXT];
	const char *hint = strerror(-code);

	for (size_t i = 0; i < COUNT_OF(hints); i++)
		if (hints[i].code == code)
			hint = hints[i].says;
	return err_set(err, code, "%s:%u: service %s: cannot listen at %s: %s",
		       service->place.file ? service->place.file : "-", service->place.line,
		       service->id, listen_text(l, text), hint);
}

static int
open_new(struct listen *listen, const struct service *service, const struct service_listener *l)
{
	struct service_listener at = *l;
	struct place place;
	int fd, r;

	fd = new_socket(l->addr.family ? l->addr.family : AF_UNIX, service);
	if (fd == -EAFNOSUPPORT && falls_back(l)) {
		at.addr = (struct net_addr){.family = AF_INET};
		fd = new_socket(AF_INET, service);
	}
	if (fd < 0)
		return fd;
	r = place_of(&at, &place);
	if (!r)
		r = set_before_bind(listen, fd, service, &at);
	if (!r)
		r = bind_patiently(listen, fd, service, &at, &place);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	return fd;
}

int
listen_open(struct listen *listen, const struct service *service, const struct service_listener *l,
	    struct err *err)
{
	struct place place;
	int fd, r = place_of(l, &place);

	if (r < 0)
		return failed(service, l, r, err);
	fd = find_passed(listen, service, l, &place);
	r = fd >= 0 ? make_nonblocking(fd) : 0;
	if (fd < 0)
		fd = open_new(listen, service, l);
	if (fd < 0)
		return failed(service, l, fd, err);
	if (!r)
		r = listen_apply(fd, service);
	if (r < 0) {
		fd_close(fd);
		return failed(service, l, r, err);
	}
	return fd;
}

bool
listen_same(const struct service *a, const struct service_listener *la, const struct service *b,
	    const struct service_listener *lb)
{
	return a->type == b->type && a->protocol == b->protocol &&
	       net_addr_is(&la->addr, &lb->addr) && la->port == lb->port &&
	       la->v6only == lb->v6only && text_is(la->device, lb->device) &&
	       text_is(la->path, lb->path) && la->owner == lb->owner && la->group == lb->group &&
	       la->mode == lb->mode && !a->rpc == !b->rpc;
}
