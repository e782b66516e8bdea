/*
 * echo: RFC 862. What comes goes back. Nothing is read as long as the client does not take what it
 * sent before, so a connection keeps at most one piece, and none while it is idle.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "base/err.h"
#include "builtin/builtin.h"

enum { PIECE = 128 << 10, PIECES = 4 };

/* What the client did not take yet. */
struct rest {
	size_t at, n;
	char bytes[];
};

static ssize_t
put(struct builtin_conn *conn, const char *bytes, size_t n)
{
	ssize_t sent = send(conn->fd, bytes, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (sent > 0)
		conn->bytes_out += (uint64_t)sent;
	return sent;
}

/* 1: all gone. 0: not yet. -1: the client is gone. */
static int
put_rest(struct builtin_conn *conn)
{
	struct rest *rest = conn->state;
	ssize_t n;

	if (!rest)
		return 1;
	n = put(conn, rest->bytes + rest->at, rest->n - rest->at);
	if (n < 0)
		return -1;
	rest->at += (size_t)n;
	if (rest->at < rest->n)
		return 0;
	free(rest);
	conn->state = NULL;
	return 1;
}

static void
keep(struct builtin_conn *conn, const char *bytes, size_t n)
{
	struct rest *rest = malloc(sizeof(*rest) + n);

	if (!rest)
		err_no_memory();
	rest->at = 0;
	rest->n = n;
	memcpy(rest->bytes, bytes, n);
	conn->state = rest;
}

static uint32_t
stream(struct builtin_conn *conn)
{
	char piece[PIECE];
	int r = put_rest(conn);

	for (int i = 0; r > 0 && i < PIECES; i++) {
		ssize_t n = recv(conn->fd, piece, sizeof(piece), MSG_DONTWAIT), sent;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return EPOLLIN;
		if (n <= 0)
			return 0;
		conn->bytes_in += (uint64_t)n;
		sent = put(conn, piece, (size_t)n);
		if (sent < 0)
			return 0;
		if (sent == n)
			continue;
		keep(conn, piece + sent, (size_t)(n - sent));
		return EPOLLOUT;
	}
	return r < 0 ? 0 : r ? EPOLLIN : EPOLLOUT;
}

static void
forget(struct builtin_conn *conn)
{
	free(conn->state);
	conn->state = NULL;
}

static ssize_t
dgram(const char *request, size_t n, char *reply, size_t size, int64_t now)
{
	if (n > size)
		return -1;
	memcpy(reply, request, n);
	return (ssize_t)n;
}

const struct builtin builtin_echo = {
	.name = "echo",
	.doc = "sends back what it gets (RFC 862)",
	.stream = stream,
	.close = forget,
	.dgram = dgram,
};
