/*
 * What the RPC port mapper has registered: RPCBPROC_DUMP of rpcbind version 3, RFC 1833, over
 * its unix socket, record marking of RFC 5531 section 11. Only asked when its own process
 * holds the socket: with socket activation a question would start it, and an audit starts
 * nothing. One deadline for everything.
 */
#include "inventory/rpc.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/num.h"
#include "base/vec.h"
#include "inventory/inventory.h"

#define DEADLINE_MS 200
#define REPLY_BYTES (1u << 20)
#define XID 0x67617465u

enum { CALL, REPLY };
enum { RPCBIND_PROGRAM = 100000, RPCBIND_VERSION = 3, RPCBIND_DUMP = 4 };

/* XDR -------------------------------------------------------------------------------- */

static bool
take_u32(struct span *xdr, uint32_t *ret)
{
	if (xdr->n < 4)
		return false;
	memcpy(ret, xdr->p, 4);
	*ret = ntohl(*ret);
	*xdr = span_skip(*xdr, 4);
	return true;
}

/* A counted string, filled up to a multiple of four. */
static bool
take_text(struct span *xdr, struct span *ret)
{
	uint32_t n;

	if (!take_u32(xdr, &n) || n > xdr->n || ((size_t)n + 3) / 4 * 4 > xdr->n)
		return false;
	*ret = (struct span){xdr->p, n};
	*xdr = span_skip(*xdr, ((size_t)n + 3) / 4 * 4);
	return true;
}

/* "0.0.0.0.0.111", "::.0.111": the last two numbers are the port's bytes. */
static bool
port_of(struct span address, uint32_t *ret)
{
	uint32_t high, low;
	const char *dot = memrchr(address.p, '.', address.n), *before;
	size_t n;

	if (!dot)
		return false;
	n = (size_t)(dot - address.p);
	before = memrchr(address.p, '.', n);
	if (!before ||
	    !num_u32((struct span){before + 1, (size_t)(dot - before - 1)}, 255, &high) ||
	    !num_u32((struct span){dot + 1, address.n - n - 1}, 255, &low))
		return false;
	*ret = high << 8 | low;
	return true;
}

static bool
proto_of(struct span netid, enum net_proto *ret)
{
	static const struct {
		const char *netid;
		enum net_proto proto;
	} rows[] = {{"tcp", NET_TCP},  {"tcp6", NET_TCP},  {"udp", NET_UDP},
		    {"udp6", NET_UDP}, {"sctp", NET_SCTP}, {"sctp6", NET_SCTP}};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (span_is(netid, rows[i].netid)) {
			*ret = rows[i].proto;
			return true;
		}
	return false;
}

static void
keep(struct audit *audit, const struct rpc_entry *entry)
{
	for (size_t i = 0; i < audit->rpc.n; i++) {
		const struct rpc_entry *old = &audit->rpc.v[i];

		if (old->program == entry->program && old->version == entry->version &&
		    old->proto == entry->proto && old->port == entry->port)
			return; /* the same on the other family */
	}
	vec_push(audit->arena, &audit->rpc, *entry);
}

/* Registrations one program may have: a hostile list must not cost quadratic time. */
#define MOST_ENTRIES 4096u

bool
rpc_parse_dump(struct audit *audit, struct span xdr, uint32_t xid)
{
	uint32_t got, type, accepted, flavour, status, more;
	struct span verifier;

	if (!take_u32(&xdr, &got) || got != xid || !take_u32(&xdr, &type) || type != REPLY ||
	    !take_u32(&xdr, &accepted) || accepted != 0 || !take_u32(&xdr, &flavour) ||
	    !take_text(&xdr, &verifier) || !take_u32(&xdr, &status) || status != 0)
		return false;
	while (take_u32(&xdr, &more)) {
		struct span netid, address, owner;
		struct rpc_entry entry = {0};

		if (!more || audit->rpc.n >= MOST_ENTRIES)
			return true;
		if (!take_u32(&xdr, &entry.program) || !take_u32(&xdr, &entry.version) ||
		    !take_text(&xdr, &netid) || !take_text(&xdr, &address) ||
		    !take_text(&xdr, &owner))
			return false;
		if (proto_of(netid, &entry.proto) && port_of(address, &entry.port))
			keep(audit, &entry);
	}
	return false;
}

/* The question ----------------------------------------------------------------------- */

static int
left_ms(const struct timespec *start)
{
	struct timespec now;
	int64_t gone;

	clock_gettime(CLOCK_MONOTONIC, &now);
	gone = (now.tv_sec - start->tv_sec) * 1000 + (now.tv_nsec - start->tv_nsec) / 1000000;
	return gone >= DEADLINE_MS ? 0 : (int)(DEADLINE_MS - gone);
}

static bool
read_whole(int fd, char *buf, size_t n, const struct timespec *start)
{
	while (n) {
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		int left = left_ms(start);
		ssize_t got;

		if (!left || poll(&ready, 1, left) <= 0)
			return false;
		got = recv(fd, buf, n, MSG_DONTWAIT);
		if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))
			return false;
		if (got > 0) {
			buf += got;
			n -= (size_t)got;
		}
	}
	return true;
}

/* All fragments of one record; the top bit of the length marks the last. */
static bool
read_record(int fd, struct arena *arena, struct span *ret)
{
	char *buf = arena_alloc(arena, REPLY_BYTES);
	struct timespec start;
	uint32_t head = 0;
	size_t n = 0;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		if (!read_whole(fd, (char *)&head, sizeof(head), &start))
			return false;
		head = ntohl(head);
		if ((head & 0x7fffffffu) > REPLY_BYTES - n ||
		    !read_whole(fd, buf + n, head & 0x7fffffffu, &start))
			return false;
		n += head & 0x7fffffffu;
	} while (!(head & 0x80000000u));
	*ret = (struct span){buf, n};
	return true;
}

static bool
ask(struct audit *audit, const char *path)
{
	const uint32_t call[] = {
		htonl(0x80000000u | 40),
		htonl(XID),
		htonl(CALL),
		htonl(2),
		htonl(RPCBIND_PROGRAM),
		htonl(RPCBIND_VERSION),
		htonl(RPCBIND_DUMP),
		0,
		0,
		0,
		0, /* no credentials, no verifier */
	};
	auto_fd fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct arena *arena = arena_new();
	struct span reply;
	bool fine;

	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	fine = fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof(name)) == 0 &&
	       send(fd, call, sizeof(call), MSG_NOSIGNAL) == (ssize_t)sizeof(call) &&
	       read_record(fd, arena, &reply) && rpc_parse_dump(audit, reply, XID);
	arena_free(arena);
	return fine;
}

/* Names ------------------------------------------------------------------------------ */

/* rpc(5): name number alias... # comment */
static struct map
read_names(struct arena *arena)
{
	auto_fd fd = open("/etc/rpc", O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct map names = map_of(arena);
	struct span text;

	if (fd < 0 || fd_read_all(fd, arena, LIMIT_FILE_BYTES, &text) < 0)
		return names;
	while (text.n) {
		struct span line = span_cut(&text, '\n');
		struct span rest = span_cut(&line, '#');
		struct span name = span_word(&rest);
		uint32_t number;

		if (name.n && num_u32(span_word(&rest), UINT32_MAX, &number) &&
		    !map_get(&names, number))
			map_put(&names, number, span_dup(arena, name));
	}
	return names;
}

static bool
is_port_mapper(const struct listener *listener)
{
	/* rpcbind's own place: users may call theirs as they like, and themselves rpcbind. */
	if (listener->proto != NET_UNIX_STREAM || !listener->netns || !listener->netns->self ||
	    !(text_is(listener->path, "/run/rpcbind.sock") ||
	      text_is(listener->path, "/var/run/rpcbind.sock")))
		return false;
	for (uint32_t i = 0; i < listener->n_owners; i++)
		if (text_is(listener->owners[i].process->comm, "rpcbind") &&
		    !listener->owners[i].process->untrusted)
			return true;
	return listener->owners_state == OWNERS_HIDDEN;
}

void
inventory_rpc(struct audit *audit)
{
	const char *path = NULL;
	struct map names;

	for (size_t i = 0; !path && i < audit->listeners.n; i++)
		if (is_port_mapper(audit->listeners.v[i]))
			path = audit->listeners.v[i]->path;
	if (!path)
		return;
	if (!ask(audit, path))
		diag_add(&audit->diags, DIAG_WARNING, path, 0, 0,
			 "the RPC port mapper did not tell its registrations in %d ms",
			 DEADLINE_MS);
	names = read_names(audit->arena);
	for (size_t i = 0; i < audit->rpc.n; i++)
		audit->rpc.v[i].name = map_get(&names, audit->rpc.v[i].program);
}
