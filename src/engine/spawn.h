/*
 * Spawn: a service's program on a connection, at the price of one clone and one exec. The child
 * shares the worker's memory until it execs, on a stack of its own from a pool, while the worker
 * goes on; what fails in it before the exec it leaves in its slot.
 */
#ifndef ENGINE_SPAWN_H
#define ENGINE_SPAWN_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/err.h"
#include "engine/worker.h"

struct spawner;
struct spawn_slot;

/* Another account than the worker's, which only root may give. */
struct spawn_account {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;
	size_t n_groups;
};

struct spawn_want {
	int in;                  /* becomes 0 and 1; 0 = they stay /dev/null */
	int error;               /* becomes 2; -1: as in; 2 = it stays /dev/null */
	const struct peer *peer; /* NULL: a listening socket is handed over */
	const char *name, *user; /* of the client, when known; NULL = not */
	/* The rest by rules of hosts_options(5). NULL, 0, -1 = as the service has it. */
	const char *program;
	const char *const *argv;
	const char *const *env; /* more of it */
	const struct spawn_account *account;
	int nice, umask;
	struct arena *keep; /* what the above lives in: the slot's to free, once spawned */
};

/* Programs get files as their soft limit of descriptors; 0 = the worker's. NULL and errno. */
struct spawner *spawner_new(const struct service *service, rlim_t files);

/* A pid or -errno. *ret belongs to that child until it is reaped. */
must_check pid_t spawn(struct spawner *spawner, const struct spawn_want *want,
		       struct spawn_slot **ret);

/* For a child that was reaped: what kept it from its exec, as -errno, and which step; 0 = nothing.
 * The slot is free afterwards. */
int spawn_failure(struct spawn_slot *slot, pid_t pid, const char **ret_step);

/* A child nobody asks about was reaped. */
void spawn_forget(struct spawner *spawner, pid_t pid);

#endif
