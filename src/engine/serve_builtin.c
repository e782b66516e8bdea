/*
 * Built-in services in the worker's loop: a stream's steps, and datagrams in batches. An answer
 * leaves from the address that was asked (IP_PKTINFO, ip(7); listen.c has set it); what was sent to
 * many, or could go round for ever, gets none (INETD-12).
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "builtin/builtin.h"
#include "engine/worker.h"
#include "net/sockaddr.h"

enum { BATCH = 32, BATCHES = 4, DATAGRAM = 65536, CONTROL = 128 };

/* A datagram and its answer. */
struct letter {
	struct sockaddr_storage from;
	_Alignas(struct cmsghdr) char control[CONTROL];
	struct iovec in, out;
	char *request, *reply;
};

struct own {
	const struct builtin *builtin;
	struct builtin_conn *free; /* chained by state */
	struct letter *letters;    /* NULL: a stream service */
	char *room;
	struct mmsghdr in[BATCH], out[BATCH];
};

static void
make_letters(struct own *own)
{
	own->letters = calloc(BATCH, sizeof(*own->letters));
	own->room = calloc(BATCH * 2, DATAGRAM); /* pages that are not needed cost nothing */
	if (!own->letters || !own->room)
		err_no_memory();
	for (size_t i = 0; i < BATCH; i++) {
		own->letters[i].request = own->room + i * 2 * DATAGRAM;
		own->letters[i].reply = own->letters[i].request + DATAGRAM;
	}
}

static int
open_builtin(struct worker *w)
{
	struct own *own = calloc(1, sizeof(*own));

	if (!own)
		return -ENOMEM;
	own->builtin = w->service->builtin ? builtin_find(w->service->builtin) : NULL;
	if (!own->builtin) {
		free(own);
		return -ENOSYS;
	}
	if (w->service->type == SOCK_DGRAM)
		make_letters(own);
	w->own = own;
	return 0;
}

/*
 * Streams
 */

static struct builtin_conn *
conn_new(struct own *own, int fd)
{
	struct builtin_conn *conn = own->free;

	if (conn)
		own->free = conn->state;
	else
		conn = malloc(sizeof(*conn));
	if (!conn)
		err_no_memory();
	*conn = (struct builtin_conn){.fd = fd};
	return conn;
}

static void
over(struct worker *w, struct session *s, enum record_end why)
{
	struct own *own = w->own;
	struct builtin_conn *conn = s->own;

	loop_watch(&w->loop, &s->watch, 0);
	if (own->builtin->close)
		own->builtin->close(conn);
	s->bytes_in = conn->bytes_in;
	s->bytes_out = conn->bytes_out;
	conn->state = own->free;
	own->free = conn;
	s->own = NULL;
	session_over(w, s, &(struct session_end){.end = why});
}

static void
step(struct worker *w, struct session *s)
{
	struct own *own = w->own;
	struct builtin_conn *conn = s->own;
	uint32_t events;

	conn->now = loop_date() / LOOP_SECOND;
	events = own->builtin->stream(conn);
	if (!events || loop_watch(&w->loop, &s->watch, events) < 0)
		over(w, s, events ? RECORD_ENDED_UNKNOWN : RECORD_ENDED_CLIENT);
}

static void
stream_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	step(worker_of(loop), OWNER_OF(watch, struct session, watch));
}

static void
begin_stream(struct worker *w, struct session *s)
{
	s->own = conn_new(w->own, s->fd);
	s->watch = (struct loop_watch){.fd = s->fd, .ready = stream_ready};
	step(w, s);
}

static void
stop_stream(struct worker *w, struct session *s, enum record_end why)
{
	over(w, s, why);
}

/*
 * Datagrams
 */

/* The address that was asked. False: more than this machine was, or nobody knows. The message is
 * made ready to be sent back: from that address, over whatever way leads to the client. */
static bool
take_info(struct cmsghdr *c, struct net_addr *ret)
{
	if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
		struct in_pktinfo *info = (void *)CMSG_DATA(c);

		*ret = net_addr_of_bytes(AF_INET, &info->ipi_spec_dst);
		info->ipi_ifindex = 0;
		return info->ipi_addr.s_addr == info->ipi_spec_dst.s_addr;
	}
	if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
		struct in6_pktinfo *info = (void *)CMSG_DATA(c);
		struct net_addr addr = net_addr_of_bytes(AF_INET6, &info->ipi6_addr);

		*ret = net_addr_unmap(&addr);
		if (net_addr_class(ret) != NET_CLASS_LINK)
			info->ipi6_ifindex = 0;
		return net_addr_class(ret) != NET_CLASS_MULTICAST;
	}
	return false;
}

static bool
asked_address(struct msghdr *msg, struct net_addr *ret)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (!take_info(c, ret))
			continue;
		/* Only this one goes back. A v4 packet on a v6 socket has both; the first does. */
		if ((char *)c != (char *)msg->msg_control) {
			memmove(msg->msg_control, c, c->cmsg_len);
			c = msg->msg_control;
		}
		msg->msg_controllen = CMSG_SPACE(c->cmsg_len - CMSG_LEN(0));
		return true;
	}
	return false;
}

static bool
may_answer(struct worker *w, const struct worker_listener *l, struct msghdr *msg)
{
	struct peer peer = {.local_port = l->local_port};
	struct net_addr from;

	if (msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return false;
	if (!net_sockaddr_read(msg->msg_name, &from, &peer.port))
		return false;
	peer.addr = net_addr_unmap(&from);
	if (!asked_address(msg, &peer.local) ||
	    !builtin_may_answer(&peer.addr, peer.port, &peer.local, peer.local_port)) {
		worker_refused(w, &peer, REFUSAL_LOOP, "the answer could go round for ever");
		return false;
	}
	return worker_admits_datagram(w, &peer);
}

static void
answer(struct worker *w, struct worker_listener *l, int n)
{
	struct own *own = w->own;
	int64_t now = loop_date() / LOOP_SECOND;
	unsigned n_out = 0;
	ssize_t bytes;

	for (int i = 0; i < n; i++) {
		struct letter *letter = &own->letters[i];
		struct msghdr *msg = &own->in[i].msg_hdr;

		if (!own->builtin->dgram || !may_answer(w, l, msg))
			continue;
		bytes = own->builtin->dgram(letter->request, own->in[i].msg_len, letter->reply,
					    DATAGRAM, now);
		if (bytes < 0)
			continue;
		letter->out = (struct iovec){letter->reply, (size_t)bytes};
		own->out[n_out].msg_hdr = *msg;
		own->out[n_out].msg_hdr.msg_flags = 0;
		own->out[n_out++].msg_hdr.msg_iov = &letter->out;
	}
	/* One that cannot be sent stands at the front: the rest must not wait for it. */
	for (unsigned at = 0; at < n_out;) {
		int sent = sendmmsg(l->watch.fd, own->out + at, n_out - at,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent < 0 && errno == EAGAIN)
			break; /* the network is full: datagrams may get lost */
		at += sent > 0 ? (unsigned)sent : 1;
	}
}

static void
datagrams(struct worker *w, struct worker_listener *l)
{
	struct own *own = w->own;
	int n = BATCH;

	for (int k = 0; k < BATCHES && n == BATCH; k++) {
		for (int i = 0; i < BATCH; i++) {
			struct letter *letter = &own->letters[i];

			letter->in = (struct iovec){letter->request, DATAGRAM};
			own->in[i].msg_hdr = (struct msghdr){.msg_name = &letter->from,
							     .msg_namelen = sizeof(letter->from),
							     .msg_iov = &letter->in,
							     .msg_iovlen = 1,
							     .msg_control = letter->control,
							     .msg_controllen = CONTROL};
		}
		n = recvmmsg(l->watch.fd, own->in, BATCH, MSG_DONTWAIT, NULL);
		if (n > 0)
			answer(w, l, n);
	}
}

const struct worker_kind worker_kind_builtin = {
	.open = open_builtin,
	.stream = begin_stream,
	.dgram = datagrams,
	.stop = stop_stream,
};
