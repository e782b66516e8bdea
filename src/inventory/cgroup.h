/*
 * The cgroup v2 tree: where it is mounted (a hybrid machine has it below another place than
 * /sys/fs/cgroup), and which path a socket's cgroup id names; cgroups(7).
 */
#ifndef INVENTORY_CGROUP_H
#define INVENTORY_CGROUP_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/map.h"

struct cgroup_tree {
	struct arena *arena;
	const char *mount; /* NULL = there is no v2 tree */
	int fd;            /* the mount's directory, or -1 */
	struct map by_id;  /* id -> path, "" when it cannot be told */
	bool walked;       /* the handles are refused: all directories were read instead */
};

struct cgroup_tree cgroup_open(struct arena *arena);
void cgroup_close(struct cgroup_tree *tree);

/* "/system.slice/ssh.service", NULL when the cgroup is gone or outside of our namespace. */
const char *cgroup_path(struct cgroup_tree *tree, uint64_t id);

/* The processes directly in that cgroup, in the arena; the number of them. */
size_t cgroup_pids(struct cgroup_tree *tree, const char *path, pid_t **ret);

#endif
