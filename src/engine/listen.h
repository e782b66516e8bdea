/*
 * Listen: opens the sockets of services (socket(7), ip(7), ipv6(7), unix(7)) and takes over those
 * that whoever started us has opened already (LISTEN_FDS, sd_listen_fds(3)). Nothing is opened
 * wider than it was asked for: a socket that was handed over is used only when address, port, type
 * and the families it takes are the service's own.
 *
 * Every descriptor is close-on-exec and non-blocking. TCP_NODELAY and SO_KEEPALIVE are set on the
 * listener, connections inherit them (tcp(7)): no system call per connection.
 */
#ifndef ENGINE_LISTEN_H
#define ENGINE_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "model/service.h"

enum { LISTEN_TEXT = 256 };

struct listen {
	int *passed; /* -1: taken or given back */
	size_t n_passed;
	unsigned patience_ms; /* to be spent waiting for addresses that are in use; 0 = none */
	uint16_t free_port;   /* the first one that needs no privilege */
};

/*
 * Looks at LISTEN_PID and LISTEN_FDS and takes them out of the environment: call it before any
 * fork, and before other descriptors are opened. Later calls find none passed.
 */
void listen_begin(struct listen *listen);
/* Closes the next descriptor that was passed and that nobody wanted, and tells what it was. */
bool listen_leftover(struct listen *listen, char ret[LISTEN_TEXT]);
void listen_end(struct listen *listen);

/*
 * The descriptor, or -errno and a sentence with file, line and service. -EADDRINUSE: perhaps a
 * worker of another life has not closed it yet, try again a little later.
 */
must_check int listen_open(struct listen *listen, const struct service *service,
			   const struct service_listener *l, struct err *err);
/* What can change while the socket stays: backlog, buffers, nodelay, keepalive. 0 or -errno. */
must_check int listen_apply(int fd, const struct service *service);
/* After the service is gone: takes its path away. For others there is nothing to do. */
void listen_remove(const struct service_listener *l);
/* May the one's socket be kept for the other (reload)? */
bool listen_same(const struct service *a, const struct service_listener *la,
		 const struct service *b, const struct service_listener *lb);

#endif
