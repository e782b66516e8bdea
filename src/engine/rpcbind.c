/* See rpcbind.h. Messages: RFC 5531 with record marking, XDR (RFC 4506). */
#include "engine/rpcbind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "engine/parent.h"
#include "net/sockaddr.h"

enum {
	PROGRAM = 100000,
	PORT = 111,
	SET = 1,
	UNSET = 2,
	MESSAGE = 1024,
	ANSWER = 64,
	WAIT_S = 3,
	FIRST_PAUSE_MS = 1000,
	LAST_PAUSE_MS = 60000
};
#define LAST_FRAGMENT 0x80000000u

/*
 * Messages
 */

struct message {
	size_t n;
	unsigned char bytes[MESSAGE];
};

static void
put_number(struct message *m, uint32_t value)
{
	value = htonl(value);
	if (m->n + sizeof(value) <= sizeof(m->bytes))
		memcpy(m->bytes + m->n, &value, sizeof(value));
	m->n += sizeof(value);
}

static void
put_text(struct message *m, const char *text)
{
	size_t n = strlen(text), padded = (n + 3) & ~(size_t)3;

	put_number(m, (uint32_t)n);
	if (m->n + padded <= sizeof(m->bytes))
		memcpy(m->bytes + m->n, text, n);
	m->n += padded;
}

static void
begin_call(struct message *m, uint32_t version, uint32_t procedure)
{
	*m = (struct message){.n = 4}; /* the record's mark */
	put_number(m, (uint32_t)getpid());
	put_number(m, 0); /* a call */
	put_number(m, 2); /* of RPC version 2 */
	put_number(m, PROGRAM);
	put_number(m, version);
	put_number(m, procedure);
	for (int i = 0; i < 4; i++)
		put_number(m, 0); /* no credentials, no verifier */
}

static int
whole(int fd, void *bytes, size_t n, bool writing)
{
	for (char *at = bytes; n;) {
		ssize_t done = writing ? send(fd, at, n, MSG_NOSIGNAL) : recv(fd, at, n, 0);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EPIPE;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* 1: done. 0: the port mapper says no. -EPROTONOSUPPORT: it does not have that version. */
static int
call(int fd, struct message *m)
{
	uint32_t mark = htonl(LAST_FRAGMENT | (uint32_t)(m->n - 4)), answer[ANSWER / 4] = {0};
	size_t bytes;
	int r;

	if (m->n > sizeof(m->bytes))
		return -EMSGSIZE;
	memcpy(m->bytes, &mark, sizeof(mark));
	r = whole(fd, m->bytes, m->n, true);
	if (!r)
		r = whole(fd, &mark, sizeof(mark), false);
	if (r < 0)
		return r;
	bytes = ntohl(mark) & ~LAST_FRAGMENT;
	if (bytes > sizeof(answer) || bytes < 24 || !(ntohl(mark) & LAST_FRAGMENT))
		return -EPROTO;
	r = whole(fd, answer, bytes, false);
	if (r < 0)
		return r;
	/* xid, reply, accepted, verifier's kind and length, how it went, and what came out */
	if (memcmp(answer, m->bytes + 4, 4) != 0 || ntohl(answer[1]) != 1 || answer[2] || answer[4])
		return -EPROTO;
	if (ntohl(answer[5]) == 2)
		return -EPROTONOSUPPORT;
	return answer[5] || bytes < 28 ? -EPROTO : answer[6] != 0;
}

/*
 * The port mapper
 */

static int
with_patience(int fd)
{
	const struct timeval wait = {.tv_sec = WAIT_S};

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));
	return fd;
}

static int
dial_path(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(at.sun_path)) {
		fd_close(fd);
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path));
	if (connect(with_patience(fd), (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	fd_close(fd);
	return -1;
}

/* It believes those on this machine who may bind a reserved port. */
static int
dial_loopback(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(PORT),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	bindresvport(fd, NULL);
	if (connect(with_patience(fd), (struct sockaddr *)&at, sizeof(at)) == 0)
		return fd;
	fd_close(fd);
	return -1;
}

static int
dial(const char *path)
{
	int fd = dial_path(path ? path : "/run/rpcbind.sock");

	return fd >= 0 || path ? fd : dial_loopback();
}

static const char *
netid(const struct rpcbind_entry *e)
{
	if (e->protocol == IPPROTO_UDP)
		return e->addr.family == AF_INET6 ? "udp6" : "udp";
	return e->addr.family == AF_INET6 ? "tcp6" : "tcp";
}

static void
put_rpcb(struct message *m, const struct rpcbind_entry *e, const char *net, const char *address)
{
	char owner[16];

	put_number(m, e->program);
	put_number(m, e->version);
	put_text(m, net);
	put_text(m, address);
	snprintf(owner, sizeof(owner), "%u", (unsigned)geteuid());
	put_text(m, geteuid() ? owner : "superuser");
}

static void
put_pmap(struct message *m, const struct rpcbind_entry *e)
{
	put_number(m, e->program);
	put_number(m, e->version);
	put_number(m, (uint32_t)e->protocol);
	put_number(m, e->port);
}

static int
unset(int fd, const struct rpcbind_entry *e)
{
	struct message m;
	int r;

	begin_call(&m, 3, UNSET);
	put_rpcb(&m, e, netid(e), "");
	r = call(fd, &m);
	if (r != -EPROTONOSUPPORT)
		return r;
	begin_call(&m, 2, UNSET);
	put_pmap(&m, e);
	return call(fd, &m);
}

static int
set(int fd, const struct rpcbind_entry *e)
{
	char address[NET_ADDR_TEXT], universal[NET_ADDR_TEXT + 16];
	struct net_addr plain = e->addr;
	struct message m;
	int r;

	plain.scope = 0;
	snprintf(universal, sizeof(universal), "%s.%u.%u", net_addr_text(&plain, address),
		 e->port >> 8, e->port & 255u);
	begin_call(&m, 3, SET);
	put_rpcb(&m, e, netid(e), universal);
	r = call(fd, &m);
	if (r != -EPROTONOSUPPORT)
		return r;
	begin_call(&m, 2, SET);
	put_pmap(&m, e);
	return e->addr.family == AF_INET6 ? 1 : call(fd, &m); /* it knows only IPv4 */
}

int
rpcbind_set(const struct rpcbind_entry *old, size_t n_old, const struct rpcbind_entry *new,
	    size_t n_new, const char *path, struct err *err)
{
	auto_fd fd = dial(path);
	int r = 0, refused = 0;

	if (fd < 0)
		return err_set(err, -ECONNREFUSED, "no rpcbind answers");
	for (size_t i = 0; i < n_old && r >= 0; i++)
		r = unset(fd, &old[i]);
	/* A registration that another life of ours left behind would stand in the way. */
	for (size_t i = 0; i < n_new && r >= 0; i++)
		r = unset(fd, &new[i]);
	for (size_t i = 0; i < n_new && r >= 0; i++) {
		r = set(fd, &new[i]);
		if (r == 0 && !refused)
			refused = err_set(err, -EPERM,
					  "rpcbind refuses to register program %u version %u",
					  new[i].program, new[i].version);
	}
	if (r < 0)
		return err_errno(err, r, "rpcbind does not answer as it should");
	return refused;
}

/*
 * The process
 */

static void
say(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return; /* nobody there to hear it */
}

/* The parent's end gone: it has something newer, or is gone itself. */
static bool
is_outdated(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, wait_ms) != 0;
}

static void
run(int fd, const struct rpcbind_entry *old, size_t n_old, const struct rpcbind_entry *new,
    size_t n_new)
{
	int pause = FIRST_PAUSE_MS, last = 0;

	for (;;) {
		struct err err = {0};
		int r = rpcbind_set(old, n_old, new, n_new, NULL, &err);

		if (r < 0 && r != last)
			say(fd, err.text);
		if (r == 0 && last)
			say(fd, "rpcbind is there, services are registered");
		last = r;
		if (r == 0 || r == -EPERM || !n_new || is_outdated(fd, pause))
			return;
		pause = pause * 2 < LAST_PAUSE_MS ? pause * 2 : LAST_PAUSE_MS;
	}
}

/*
 * The parent's side
 */

static void
forget_process(struct parent *parent)
{
	struct loop_watch *watch = &parent->rpcbind.watch;

	if (!watch->ready)
		return;
	loop_watch(&parent->loop, watch, 0);
	fd_close(watch->fd);
	*watch = (struct loop_watch){.fd = -1};
}

static void
process_says(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct rpcbind *rpcbind = OWNER_OF(watch, struct rpcbind, watch);
	struct parent *parent = OWNER_OF(rpcbind, struct parent, rpcbind);
	char text[LIMIT_MESSAGE];
	ssize_t n = recv(watch->fd, text, sizeof(text), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		forget_process(parent);
	else
		parent_say(parent, LOG_WARNING, "RPC services: %.*s", (int)n, text);
}

static size_t
count(const struct parent *parent)
{
	size_t n = 0;

	for (size_t i = 0; i < parent->n_slots; i++) {
		const struct service *service = parent->slots[i]->service;

		if (service && service->rpc && service->rpc->high >= service->rpc->low)
			n += (size_t)(service->rpc->high - service->rpc->low + 1) *
			     service->n_listeners * 2;
	}
	return n;
}

static size_t
add_versions(const struct service *service, struct rpcbind_entry entry, struct rpcbind_entry *ret)
{
	size_t n = 0;

	entry.program = service->rpc->program;
	for (uint64_t v = service->rpc->low; v <= service->rpc->high; v++) {
		entry.version = (uint32_t)v;
		ret[n++] = entry;
	}
	return n;
}

/* One socket that takes both families is told of twice. */
static size_t
add_door(const struct service *service, const struct service_listener *l, int fd,
	 struct rpcbind_entry *ret)
{
	struct rpcbind_entry entry = {.protocol = service->protocol};
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);
	size_t n;

	if (fd < 0 || getsockname(fd, (struct sockaddr *)&at, &size) < 0 ||
	    !net_sockaddr_read(&at, &entry.addr, &entry.port))
		return 0;
	n = add_versions(service, entry, ret);
	if (entry.addr.family != AF_INET6 || l->v6only || !net_addr_is_wildcard(&entry.addr))
		return n;
	entry.addr = (struct net_addr){.family = AF_INET};
	return n + add_versions(service, entry, ret + n);
}

static size_t
collect(const struct parent *parent, struct rpcbind_entry *ret)
{
	size_t n = 0;

	for (size_t i = 0; i < parent->n_slots; i++) {
		const struct slot *slot = parent->slots[i];

		if (!slot->service || !slot->service->rpc)
			continue;
		for (uint32_t k = 0; k < slot->n_doors && k < slot->service->n_listeners; k++)
			n += add_door(slot->service, &slot->service->listeners[k],
				      slot->doors[k].watch.fd, ret + n);
	}
	return n;
}

static bool
is_told(const struct rpcbind *rpcbind, const struct rpcbind_entry *v, size_t n)
{
	return n == rpcbind->n_told && (!n || memcmp(rpcbind->told, v, n * sizeof(*v)) == 0);
}

static void
start_process(struct parent *parent, const struct rpcbind_entry *v, size_t n)
{
	struct rpcbind *rpcbind = &parent->rpcbind;
	int ends[2];
	pid_t pid;

	if (wire_pair(ends) < 0)
		return;
	pid = parent_fork("rpcbind", &ends[1], 1);
	if (pid == 0) {
		run(ends[1], rpcbind->told, rpcbind->n_told, v, n);
		_exit(0);
	}
	fd_close(ends[1]);
	rpcbind->watch = (struct loop_watch){.fd = ends[0], .ready = process_says};
	if (pid < 0 || loop_watch(&parent->loop, &rpcbind->watch, EPOLLIN) < 0) {
		parent_say(parent, LOG_ERR, "RPC services: no process can be made");
		forget_process(parent);
	}
}

void
rpcbind_tell(struct parent *parent, bool ending)
{
	struct rpcbind *rpcbind = &parent->rpcbind;
	size_t n = ending ? 0 : count(parent);
	struct rpcbind_entry *v = calloc(n + 1, sizeof(*v));

	if (!v)
		err_no_memory();
	n = ending ? 0 : collect(parent, v);
	if (is_told(rpcbind, v, n)) {
		free(v);
		return;
	}
	forget_process(parent);
	start_process(parent, v, n);
	free(rpcbind->told);
	rpcbind->told = v;
	rpcbind->n_told = n;
}
