/* See wire.h. */
#include "engine/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"

union room {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(int) * WIRE_MAX_FDS)];
};

int
wire_pair(int ret[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ret) < 0
		       ? -errno
		       : 0;
}

int
wire_send(int fd, const struct wire *wire, const int *fds, size_t n_fds)
{
	struct iovec iov = {(void *)(uintptr_t)wire, sizeof(*wire)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union room room = {0};

	if (n_fds > WIRE_MAX_FDS)
		return -EINVAL;
	if (n_fds) {
		struct cmsghdr *c = &room.align;

		msg.msg_control = room.bytes;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * n_fds);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int) * n_fds);
		memcpy(CMSG_DATA(c), fds, sizeof(int) * n_fds);
	}
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* Takes over what came beside the bytes; more than there is room for the kernel has closed. */
static size_t
take_fds(struct msghdr *msg, int ret[WIRE_MAX_FDS])
{
	size_t n = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		size_t has;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		has = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < has; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(fd));
			if (n < WIRE_MAX_FDS)
				ret[n++] = fd;
			else
				fd_close(fd);
		}
	}
	return n;
}

int
wire_receive(int fd, struct wire *ret, int ret_fds[WIRE_MAX_FDS], size_t *ret_n_fds)
{
	struct iovec iov = {ret, sizeof(*ret)};
	union room room;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = room.bytes,
			     .msg_controllen = sizeof(room.bytes)};
	ssize_t n;

	*ret_n_fds = 0;
	for (;;) {
		msg.msg_controllen = sizeof(room.bytes);
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
		if (n == 0)
			return 0;
		if (n < 0)
			return errno == ECONNRESET ? 0 : -errno;
		*ret_n_fds = take_fds(&msg, ret_fds);
		if (n == sizeof(*ret) && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
			break;
		while (*ret_n_fds)
			fd_close(ret_fds[--*ret_n_fds]);
	}
	ret->text[sizeof(ret->text) - 1] = '\0';
	return 1;
}
