/*
 * chargen: RFC 864. Lines of 72 of the 95 printing characters, each line one further; after 95
 * lines it begins anew. So one round of 7,030 bytes, made anew for each piece of work, is all that
 * is needed: the kernel is handed it many times over.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "builtin/builtin.h"

enum {
	FIRST = ' ',
	LINES = 95,
	WIDTH = 72,
	LINE = WIDTH + 2,
	ROUND = LINES * LINE,
	REPEAT = 64,
	PIECES = 4,
	DATAGRAM = 512
};

static void
make_round(char *ret)
{
	char ring[LINES + WIDTH];

	for (int i = 0; i < LINES + WIDTH; i++)
		ring[i] = (char)(FIRST + i % LINES);
	for (int i = 0; i < LINES; i++, ret += LINE) {
		memcpy(ret, ring + i, WIDTH);
		memcpy(ret + WIDTH, "\r\n", 2);
	}
}

/* What the client says means nothing; its end is seen when it takes nothing any more. */
static void
throw_away(struct builtin_conn *conn)
{
	char room[4096];
	ssize_t n = recv(conn->fd, room, sizeof(room), MSG_DONTWAIT);

	if (n > 0)
		conn->bytes_in += (uint64_t)n;
}

static uint32_t
stream(struct builtin_conn *conn)
{
	char text[ROUND];
	struct iovec v[REPEAT];
	struct msghdr msg = {.msg_iov = v, .msg_iovlen = REPEAT};

	throw_away(conn);
	make_round(text);
	for (int i = 0; i < PIECES; i++) {
		size_t at = conn->bytes_out % ROUND;
		ssize_t n;

		for (int k = 0; k < REPEAT; k++)
			v[k] = (struct iovec){text, ROUND};
		v[0] = (struct iovec){text + at, ROUND - at};
		n = sendmsg(conn->fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0)
			return 0;
		conn->bytes_out += (uint64_t)n;
	}
	return EPOLLOUT;
}

/* "A datagram containing a random number (between 0 and 512) of characters". */
static ssize_t
dgram(const char *request, size_t n, char *reply, size_t size, int64_t now)
{
	char text[ROUND];
	uint32_t random = 0;
	size_t bytes, line;

	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random))
		random = (uint32_t)now;
	bytes = random % (DATAGRAM + 1);
	line = random / 1024 % (LINES - DATAGRAM / LINE - 1);
	if (bytes > size)
		bytes = size;
	make_round(text);
	memcpy(reply, text + line * LINE, bytes);
	return (ssize_t)bytes;
}

const struct builtin builtin_chargen = {
	.name = "chargen",
	.doc = "sends characters without end (RFC 864)",
	.stream = stream,
	.dgram = dgram,
};
