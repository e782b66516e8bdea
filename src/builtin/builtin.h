/*
 * Built-in services: answered by the worker's own loop, without a process. One file each,
 * builtin/<name>.c, with one row. RFC 862 echo, 863 discard, 864 chargen, 867 daytime, 868 time.
 */
#ifndef BUILTIN_BUILTIN_H
#define BUILTIN_BUILTIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/addr.h"

/* One stream connection; fd is non-blocking and the caller's. */
struct builtin_conn {
	int fd;
	uint64_t bytes_in, bytes_out;
	void *state; /* the service's own, made and freed by it */
	int64_t now; /* seconds since 1970 */
};

struct builtin {
	const char *name, *doc;
	/*
	 * A stream's next step, called first when the connection is new and then whenever one of
	 * the events it asked for came. Gives the epoll events to wait for, 0 = finished. Does a
	 * bounded piece of work per call, so that others get their turn.
	 */
	uint32_t (*stream)(struct builtin_conn *conn);
	void (*close)(struct builtin_conn *conn); /* frees state; NULL = nothing to do */
	/* The answer to one datagram: bytes put into reply (at most size), or -1 for none. */
	ssize_t (*dgram)(const char *request, size_t n, char *reply, size_t size, int64_t now);
};

extern const struct builtin *const builtins[]; /* NULL-terminated */
const struct builtin *builtin_find(const char *name);

/*
 * May a datagram from there be answered? Not those that could come from another small service or
 * reach many: ports of such services, port 0, multicast, broadcast, 0/8, our own address and port
 * (INETD-12, CVE-1999-0103).
 */
bool builtin_may_answer(const struct net_addr *from, uint16_t port, const struct net_addr *local,
			uint16_t local_port);

#endif
