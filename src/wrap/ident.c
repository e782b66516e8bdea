/* Ident, RFC 1413, for one who may wait: from our end's address to the client's machine, port 113.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "net/sockaddr.h"
#include "net/stranger.h"
#include "wrap/facts.h"

enum { PORT = 113, ANSWER_BYTES = 512 };

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool
wait_for(int fd, short events, int64_t until)
{
	for (;;) {
		struct pollfd poll_fd = {.fd = fd, .events = events};
		int64_t left = until - now_ms();
		int r = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;

		if (r > 0)
			return true;
		if (r == 0 || errno != EINTR)
			return false;
	}
}

static int
reach(const struct access_client *client, int64_t until)
{
	struct sockaddr_storage to, from;
	socklen_t n = net_sockaddr_of(&client->addr, PORT, &to);
	socklen_t n_from = net_sockaddr_of(&client->local, 0, &from);
	int error = 0;
	socklen_t size = sizeof(error);
	int fd = n ? socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) : -1;

	if (fd < 0)
		return -1;
	if ((n_from && bind(fd, (struct sockaddr *)&from, n_from) < 0) ||
	    (connect(fd, (struct sockaddr *)&to, n) < 0 && errno != EINPROGRESS) ||
	    !wait_for(fd, POLLOUT, until) ||
	    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

bool
wrap_ident(const struct access_client *client, unsigned ms, char ret[256])
{
	int64_t until = now_ms() + ms;
	auto_fd fd = -1;
	char text[ANSWER_BYTES], system[32];
	const char *why;
	size_t n = 0;
	int len;

	if (!client->addr.family || client->addr.family != client->local.family || !client->port ||
	    !client->local_port)
		return false;
	fd = reach(client, until);
	if (fd < 0)
		return false;
	len = snprintf(text, sizeof(text), "%u , %u\r\n", client->port, client->local_port);
	if (send(fd, text, (size_t)len, MSG_NOSIGNAL) != len)
		return false;
	while (n < sizeof(text) && !memchr(text, '\n', n) && wait_for(fd, POLLIN, until)) {
		ssize_t r = recv(fd, text + n, sizeof(text) - n, 0);

		if (r <= 0 && (r == 0 || (errno != EINTR && errno != EAGAIN)))
			break;
		n += r > 0 ? (size_t)r : 0;
	}
	return stranger_ident(text, n, client->port, client->local_port, ret, system, &why);
}
