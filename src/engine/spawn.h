/*
 * Spawn: a service's program on a connection, at the price of one clone and one exec. The child
 * shares the worker's memory until it execs, on a stack of its own from a pool, while the worker
 * goes on; what fails in it before the exec it leaves in its slot.
 */
#ifndef ENGINE_SPAWN_H
#define ENGINE_SPAWN_H

#include <sys/types.h>

#include "base/attr.h"
#include "base/err.h"
#include "engine/worker.h"

struct spawner;
struct spawn_slot;

struct spawn_want {
	int in;        /* becomes 0 and 1 */
	int error;     /* becomes 2; -1: as in; the worker's own 2 is /dev/null */
	bool has_peer; /* false: a listening socket is handed over */
	const struct peer *peer;
	const char *name, *user; /* of the client, when known; NULL = not */
	const char *const *env;  /* more of it, of hosts_options(5); NULL = none */
	int nice, umask;         /* of the same; 0, -1 = as the worker's */
};

/* Programs get files as their soft limit of descriptors; 0 = the worker's. NULL and errno. */
struct spawner *spawner_new(const struct service *service, rlim_t files);
void spawner_free(struct spawner *spawner);

/* A pid or -errno. *ret belongs to that child until it is reaped. */
must_check pid_t spawn(struct spawner *spawner, const struct spawn_want *want,
		       struct spawn_slot **ret);

/* For a child that was reaped: what kept it from its exec, as -errno, and which step; 0 = nothing.
 * The slot is free afterwards. */
int spawn_failure(struct spawn_slot *slot, pid_t pid, const char **ret_step);

#endif
