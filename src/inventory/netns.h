/* Network namespaces: which there are, and how to get into each; network_namespaces(7). */
#ifndef INVENTORY_NETNS_H
#define INVENTORY_NETNS_H

#include "inventory/inventory.h"

/* A namespace and the ways into it. */
struct netns_place {
	struct netns *netns;
	const char *mount; /* a file that names it, or NULL */
	pid_t pids[4];     /* some processes in it, 0 = no more */
	uint64_t key; /* tells it from others: its inode, else that of its /proc/PID/net files */
};

struct netns_places {
	struct netns_place *v; /* the auditor's own is the first */
	size_t n, cap;
	size_t hidden; /* processes whose namespace could not be told */
};

struct netns_places netns_places(struct audit *audit, const struct inventory_options *options);

/* Moves the calling thread, which cannot come back. -errno. */
must_check int netns_enter(const struct netns_place *place);
/* The directory of /proc/net of that namespace, by one of its processes; -errno. */
must_check int netns_proc_dir(const struct netns_place *place);

#endif
