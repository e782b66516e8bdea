/*
 * Rpcbind: tells the machine's port mapper where RPC services listen (RFC 1833: rpcbind version 3,
 * port mapper version 2 for those that know no better), and takes that back. The parent never
 * waits: a short-lived process speaks, tries again as long as there is no port mapper, and ends
 * when the parent has something newer to tell.
 */
#ifndef ENGINE_RPCBIND_H
#define ENGINE_RPCBIND_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/err.h"
#include "engine/loop.h"
#include "net/addr.h"

struct parent;

/* One version of a program at one address. */
struct rpcbind_entry {
	uint32_t program, version;
	struct net_addr addr;
	uint16_t port;
	int protocol; /* IPPROTO_TCP or IPPROTO_UDP */
};

/* Of the parent. */
struct rpcbind {
	struct loop_watch watch; /* what the process has to say */
	struct rpcbind_entry *told;
	size_t n_told;
};

/* After each change of listeners; ending: all is taken back. */
void rpcbind_tell(struct parent *parent, bool ending);

/*
 * Takes back what stands for the programs of old, then registers new. Waits, some seconds at
 * most. 0 or -errno; -ECONNREFUSED when no port mapper answers. path: its socket, NULL = the usual
 * ones.
 */
must_check int rpcbind_set(const struct rpcbind_entry *old, size_t n_old,
			   const struct rpcbind_entry *new, size_t n_new, const char *path,
			   struct err *err);

#endif
