/*
 * Join: which start record is the cause of which listener, and how sure that is. Pure: works on
 * the audit's data alone. Steps stand in a table, best evidence first (join.c); containers,
 * login sessions and hand-started processes get start records made here from the processes.
 */
#ifndef JOIN_JOIN_H
#define JOIN_JOIN_H

#include "model/audit.h"

/* Links listeners and start records both ways, adds container/session/manual records. */
void join_audit(struct audit *audit);

/* What a cgroup path says; all pointers into the arena. */
struct join_cgroup {
	const char *unit;      /* deepest .service, .socket or .scope of the system manager */
	const char *user_unit; /* the same below user@UID.service */
	const char *session;   /* "4" of session-4.scope */
	const char *container; /* id or name */
	const char *runtime;   /* "docker", "podman", "containerd", "lxc", "kubernetes", ... */
};
void join_cgroup_read(struct arena *arena, const char *path, struct join_cgroup *ret);

#endif
