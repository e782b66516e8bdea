/*
 * Redirect: carries a connection to another address (xinetd.conf(5), redirect). Every address is
 * tried, of both families. An end in one direction is passed on and the other goes on until it
 * ends, too; who sends faster than the other takes is read no more until that one has caught up.
 *
 * Nothing is kept while both are idle. When one side breaks, what it sent before is delivered, and
 * the other is read until it ends or has had time: a close with bytes unread would be a reset.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "base/err.h"
#include "base/fd.h"
#include "engine/worker.h"
#include "net/sockaddr.h"

enum { PIECE = 128 << 10, PIECES = 4 };
#define CONNECT_WAIT (10 * LOOP_SECOND) /* for each address */
#define SINK_WAIT (10 * LOOP_SECOND)

/* Bytes that the other side did not take yet. */
struct rest {
	size_t at, n;
	char bytes[];
};

/* One direction. */
struct way {
	struct rest *rest;
	uint64_t bytes;
	bool ended;  /* nothing more comes */
	bool passed; /* and the other side was told so */
	bool broken; /* the other side takes nothing: what comes is thrown away */
};

struct relay {
	struct session *session;
	struct loop_watch server;
	struct loop_timer timer; /* connecting; a broken way */
	struct way there, back;
	uint32_t next; /* address to try */
	bool connected;
	int error;
};

static void
over(struct worker *w, struct relay *relay, const struct session_end *end)
{
	struct session *s = relay->session;

	loop_at(&w->loop, &relay->timer, 0);
	loop_watch(&w->loop, &s->watch, 0);
	loop_watch(&w->loop, &relay->server, 0);
	fd_close(relay->server.fd);
	free(relay->there.rest);
	free(relay->back.rest);
	s->bytes_in = relay->there.bytes;
	s->bytes_out = relay->back.bytes;
	s->own = NULL;
	free(relay);
	session_over(w, s, end);
}

static void
ended(struct worker *w, struct relay *relay, enum record_end why)
{
	over(w, relay, &(struct session_end){.end = why});
}

/*
 * Bytes
 */

static bool
is_wait(ssize_t n)
{
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void
way_breaks(struct way *way)
{
	free(way->rest);
	way->rest = NULL;
	way->broken = true;
}

/* Bytes sent, 0 when none can be now; a broken way takes all. */
static size_t
way_put(struct way *way, int to, const char *bytes, size_t n)
{
	ssize_t sent = send(to, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (is_wait(sent))
		return 0;
	if (sent < 0) {
		way_breaks(way);
		return n;
	}
	way->bytes += (uint64_t)sent;
	return (size_t)sent;
}

static void
way_keep(struct way *way, const char *bytes, size_t n)
{
	struct rest *rest = malloc(sizeof(*rest) + n);

	if (!rest)
		err_no_memory();
	rest->at = 0;
	rest->n = n;
	memcpy(rest->bytes, bytes, n);
	way->rest = rest;
}

static void
way_put_rest(struct way *way, int to)
{
	struct rest *rest = way->rest;
	size_t sent = way_put(way, to, rest->bytes + rest->at, rest->n - rest->at);

	if (!way->rest) /* it broke, and took the rest with it */
		return;
	rest->at += sent;
	if (rest->at < rest->n)
		return;
	free(rest);
	way->rest = NULL;
}

static void
way_piece(struct way *way, int from, int to, char *piece, bool *ret_more)
{
	ssize_t n = recv(from, piece, PIECE, MSG_DONTWAIT);
	size_t sent;

	*ret_more = false;
	if (is_wait(n))
		return;
	if (n <= 0) {
		way->ended = true;
		return;
	}
	*ret_more = n == PIECE;
	if (way->broken)
		return;
	sent = way_put(way, to, piece, (size_t)n);
	if (sent < (size_t)n && !way->broken)
		way_keep(way, piece + sent, (size_t)n - sent);
}

/* A bounded piece of work, so that others get their turn. */
static void
way_step(struct way *way, int from, int to, char *piece)
{
	bool more = true;

	if (way->rest)
		way_put_rest(way, to);
	for (int i = 0; i < PIECES && more && !way->rest && !way->ended; i++)
		way_piece(way, from, to, piece, &more);
	if (way->ended && !way->rest && !way->passed) {
		shutdown(to, SHUT_WR);
		way->passed = true;
	}
}

static uint32_t
wanted(const struct way *in, const struct way *out)
{
	return (!in->ended && !in->rest ? EPOLLIN : 0) | (out->rest ? EPOLLOUT : 0);
}

static void
carry(struct worker *w, struct relay *relay)
{
	struct session *s = relay->session;
	struct way *there = &relay->there, *back = &relay->back;

	way_step(there, s->fd, relay->server.fd, w->own);
	way_step(back, relay->server.fd, s->fd, w->own);
	if ((there->passed && back->passed) || (there->broken && back->broken)) {
		ended(w, relay, RECORD_ENDED_CLIENT);
		return;
	}
	/* What goes into a broken way matters only as long as the other one is alive. */
	if (((there->broken && back->passed) || (back->broken && there->passed)) &&
	    !relay->timer.at)
		loop_at(&w->loop, &relay->timer, w->loop.now + SINK_WAIT);
	if (loop_watch(&w->loop, &s->watch, wanted(there, back)) < 0 ||
	    loop_watch(&w->loop, &relay->server, wanted(back, there)) < 0)
		ended(w, relay, RECORD_ENDED_UNKNOWN);
}

static void
client_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	carry(worker_of(loop), OWNER_OF(watch, struct session, watch)->own);
}

/*
 * Connecting
 */

static void connect_next(struct worker *w, struct relay *relay);

static void
connected(struct worker *w, struct relay *relay)
{
	relay->connected = true;
	loop_at(&w->loop, &relay->timer, 0);
	carry(w, relay);
}

static void
connect_failed(struct worker *w, struct relay *relay, int error)
{
	relay->error = error;
	loop_watch(&w->loop, &relay->server, 0);
	fd_close(relay->server.fd);
	relay->server.fd = -1;
	connect_next(w, relay);
}

static void
server_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct relay *relay = OWNER_OF(watch, struct relay, server);
	struct worker *w = worker_of(loop);
	int error = 0;
	socklen_t size = sizeof(error);

	if (relay->connected) {
		carry(w, relay);
		return;
	}
	if (getsockopt(watch->fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	if (error)
		connect_failed(w, relay, error);
	else
		connected(w, relay);
}

static void
timer_due(struct loop *loop, struct loop_timer *timer)
{
	struct relay *relay = OWNER_OF(timer, struct relay, timer);

	if (relay->connected)
		ended(worker_of(loop), relay, RECORD_ENDED_CLIENT);
	else
		connect_failed(worker_of(loop), relay, ETIMEDOUT);
}

static int
try_address(struct worker *w, struct relay *relay, const struct net_addr *to, uint16_t port)
{
	struct sockaddr_storage at;
	socklen_t size = net_sockaddr_of(to, port, &at);
	int fd = socket(to->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	relay->server.fd = fd;
	if (connect(fd, (struct sockaddr *)&at, size) < 0 && errno != EINPROGRESS)
		return -errno;
	loop_at(&w->loop, &relay->timer, w->loop.now + CONNECT_WAIT);
	return loop_watch(&w->loop, &relay->server, EPOLLOUT);
}

static void
connect_next(struct worker *w, struct relay *relay)
{
	const struct service_redirect *redirect = w->service->redirect;
	char text[LIMIT_MESSAGE];

	while (relay->next < redirect->n_to) {
		int r = try_address(w, relay, &redirect->to[relay->next++], redirect->port);

		if (r == 0)
			return;
		relay->error = -r;
		fd_close(relay->server.fd);
		relay->server.fd = -1;
	}
	snprintf(text, sizeof(text), "cannot connect to %s port %u: %s", redirect->host,
		 redirect->port, strerrordesc_np(relay->error));
	worker_note(w, LOG_WARNING, "%s", text);
	over(w, relay, &(struct session_end){.end = RECORD_ENDED_SELF, .status = 1, .text = text});
}

static void
begin(struct worker *w, struct session *s)
{
	struct relay *relay = malloc(sizeof(*relay));

	if (!relay)
		err_no_memory();
	*relay = (struct relay){.session = s,
				.server = {.fd = -1, .ready = server_ready},
				.timer.due = timer_due,
				.error = EADDRNOTAVAIL};
	s->own = relay;
	s->watch = (struct loop_watch){.fd = s->fd, .ready = client_ready};
	connect_next(w, relay);
}

static void
stop(struct worker *w, struct session *s, enum record_end why)
{
	ended(w, s->own, why);
}

static int
open_redirect(struct worker *w)
{
	if (!w->service->redirect)
		return -EINVAL;
	w->own = malloc(PIECE);
	return w->own ? 0 : -ENOMEM;
}

const struct worker_kind worker_kind_redirect = {
	.open = open_redirect, .stream = begin, .stop = stop};
