/* discard: RFC 863. Takes everything, says nothing. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "builtin/builtin.h"

enum { PIECE = 256 << 10, PIECES = 8 };

/* tcp(7): with MSG_TRUNC the bytes are thrown away without being copied. Others need room. */
static ssize_t
throw_away(int fd)
{
	char room[4096];
	ssize_t n = recv(fd, NULL, PIECE, MSG_TRUNC | MSG_DONTWAIT);

	return n < 0 && errno == EFAULT ? recv(fd, room, sizeof(room), MSG_DONTWAIT) : n;
}

static uint32_t
stream(struct builtin_conn *conn)
{
	for (int i = 0; i < PIECES; i++) {
		ssize_t n = throw_away(conn->fd);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0)
			return 0;
		conn->bytes_in += (uint64_t)n;
	}
	return EPOLLIN;
}

static ssize_t
dgram(const char *request, size_t n, char *reply, size_t size, int64_t now)
{
	return -1;
}

const struct builtin builtin_discard = {
	.name = "discard",
	.doc = "throws away what it gets (RFC 863)",
	.stream = stream,
	.dgram = dgram,
};
