/*
 * Wire: messages between the parent and the processes it started, over a SOCK_SEQPACKET pair each,
 * with descriptors beside them. Both sides check what they get: a message of the wrong length or
 * kind is dropped, and descriptors that were not expected are closed.
 */
#ifndef ENGINE_WIRE_H
#define ENGINE_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "net/addr.h"

enum wire_kind {
	/* parent -> worker */
	WIRE_LOG = 1,    /* fd: where records go from now on */
	WIRE_RESOLVER,   /* fd: where questions go from now on */
	WIRE_CONNECTION, /* fd: a connection tcpmux took for this service */
	WIRE_DRAIN,      /* close the listeners, end with the last session */
	WIRE_KILL,       /* number = session, value = signal */
	/* worker -> parent */
	WIRE_READY,        /* set-up is done */
	WIRE_FAILED,       /* set-up failed: text says why */
	WIRE_MUX,          /* fd: a connection for the service in text */
	WIRE_SENSED,       /* addr touched a sensor; value = seconds on the deny list */
	WIRE_NO_MORE,      /* I accept no more, another worker is needed: hosts.allow or hosts.deny
			      changed and I may not read them, or my socket is broken */
	WIRE_ASK_RESOLVER, /* I need one */
	WIRE_KILL_FOR_ME, /* number = pid of a child of mine that is another user's, value = SIGTERM
			     or SIGKILL */
	/* parent -> log, resolver */
	/* fd: a worker's end; number = slot of its service; to the log also text = the service's id
	   (cut to what fits; "" = the server itself, whose notes go to serve->sink). An id that is
	   not of the log's generation (an old worker that drains) is logged to serve->sink. */
	WIRE_CLIENT,
	WIRE_QUIT /* no more clients will come: end when the last is gone */
};

struct wire {
	uint32_t kind; /* enum wire_kind */
	uint32_t value;
	uint64_t number;
	struct net_addr addr;
	char text[256]; /* terminated */
};

enum { WIRE_MAX_FDS = 4 };

/* A connected pair, both ends close-on-exec and non-blocking. */
must_check int wire_pair(int ret[2]);
/* 0 or -errno; -EAGAIN when the other side does not read. The descriptors stay the caller's. */
must_check int wire_send(int fd, const struct wire *wire, const int *fds, size_t n_fds);
/* Bytes' worth of one message: 1 = got one, 0 = the other end is gone, -EAGAIN = none now. The
 * descriptors become the caller's, close-on-exec; *ret_n_fds of them. */
must_check int wire_receive(int fd, struct wire *ret, int ret_fds[WIRE_MAX_FDS], size_t *ret_n_fds);

#endif
