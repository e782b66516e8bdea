/*
 * Sockets inside the inventory: where parsers of the kernel's lists put what they find, and
 * the table of socket kinds (sock.c). The parsers (diag.c, procnet.c) are pure functions over
 * bytes, because names of unix sockets, and the lists of a container, are other people's bytes.
 */
#ifndef INVENTORY_SOCK_H
#define INVENTORY_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/span.h"
#include "model/audit.h"

/* include/net/tcp_states.h; the other protocols use the same numbers. */
#define SOCK_ESTABLISHED 1
#define SOCK_TIME_WAIT 6
#define SOCK_CLOSE 7
#define SOCK_LISTEN 10
#define SOCK_ALL_STATES 0xfffu

/* Who wrote the list decides how it is read. */
enum sock_format {
	LIST_INET,
	LIST_UNIX,
	LIST_PACKET,
	LIST_VSOCK,
	LIST_NETLINK,
};

struct sock_kind {
	enum net_proto proto; /* unix: the stream one; the row's own type decides */
	uint8_t family;
	enum sock_format format;
	bool diag;              /* sock_diag knows this kind */
	uint16_t protocol;      /* inet: what sock_diag is asked for */
	const char *proc;       /* its file in /proc/net, or NULL */
	const char *registered; /* its row of /proc/net/protocols, when there is no such file */
	bool streams;           /* only sockets in state LISTEN take anything */
	bool on_request;        /* only when asked for */
};

extern const struct sock_kind sock_kinds[]; /* ends with family 0 */

/* Where parsed sockets go. */
struct sock_out {
	struct arena *arena;
	bool all; /* sockets in any state, not only those that take something */
	struct {
		struct listener **v;
		size_t n, cap;
	} rows;
};

/* True when the socket belongs into the list; every parser asks it before it keeps a row. */
bool sock_wanted(const struct sock_out *out, const struct listener *row);
struct listener *sock_keep(struct sock_out *out, const struct listener *row);

/*
 * One datagram of a sock_diag dump: 1 = more is to come, 0 = the dump ended, -errno = the
 * kernel refused. What does not fit the format is left out. Bytes must be 4-aligned.
 */
int diag_parse(const struct sock_kind *kind, const void *bytes, size_t n, uint32_t seq,
	       struct sock_out *out);

/* A whole file of /proc/net. Returns the number of lines that could not be read as a socket. */
size_t procnet_parse(const struct sock_kind *kind, struct span text, struct sock_out *out);

/* "@" for abstract names, NULs as "@" like the kernel's own list, NULL for no name. */
const char *sock_unix_name(struct arena *arena, const char *bytes, size_t n);

#endif
