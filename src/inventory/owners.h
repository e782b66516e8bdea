/* The searches for the owners of sockets: what they are given, what they give back. */
#ifndef INVENTORY_OWNERS_H
#define INVENTORY_OWNERS_H

#include "inventory/inventory.h"
#include "inventory/proc.h"

/* One descriptor of one process that is a wanted socket. */
struct owner_hit {
	uint32_t inode;
	pid_t pid;
	int32_t fd;
	uint64_t start_ticks; /* of that very process */
};

struct owner_hits {
	struct owner_hit *v;
	size_t n, cap;
};

/* A set of inode numbers that many threads may read. 0 is never in it. */
struct inode_set {
	uint32_t *v;
	uint32_t mask;
};

struct owner_search {
	struct audit *audit;
	const struct inventory_options *options;
	enum inventory_owners used; /* the search that was run in the end */
	struct inode_set wanted;
	struct owner_hits hits;
	size_t hidden;    /* processes whose descriptors could not be read */
	bool all_visible; /* /proc shows all processes of the machine, not a container's */
	bool whole;       /* every process was looked at */
	bool deep;        /* threads that may have descriptors of their own, too */
};

static inline bool
inode_set_has(const struct inode_set *set, uint32_t inode)
{
	uint32_t at = inode * 2654435761u & set->mask;

	while (set->v[at] && set->v[at] != inode)
		at = (at + 1) & set->mask;
	return set->v[at] != 0;
}

/* Each adds to search->hits and returns 0, or -errno when this search is not to be had here. */
int owners_by_threads(struct owner_search *search);
int owners_by_cgroup(struct owner_search *search);
int owners_by_bpf(struct owner_search *search);

/* Scans the descriptors of these processes, in threads. */
void owners_scan(struct owner_search *search, const struct proc_pids *pids);

#endif
