/*
 * Join: which start record is the cause of which listener, and how sure that is. Pure: works on
 * the audit's data alone. The steps stand in a table, best evidence first (join.c). Containers,
 * login sessions and hand-started processes are start mechanisms too: their records are made
 * here, from the processes.
 */
#ifndef JOIN_JOIN_H
#define JOIN_JOIN_H

#include "model/audit.h"

/* How far up a chain of parents evidence is looked for. */
#define JOIN_ANCESTORS 32

/* Links listeners and start records both ways, adds container, session and manual records. */
void join_audit(struct audit *audit);
/* Part of it: listener->rpc from what the port mapper told. */
void join_rpc(struct audit *audit);
bool join_rpc_is(const struct listener *listener, uint32_t program);

/* What a cgroup path says. Strings are in the arena or NULL. */
struct join_cgroup {
	const char *unit;      /* the .service, .socket or .scope of the system manager */
	const char *user_unit; /* the same below user@UID.service */
	const char *session;   /* "4" of session-4.scope */
	const char *openrc;    /* "sshd" of openrc.sshd */
	const char *runtime;   /* "docker", "podman", "kubernetes", "lxc", ...: a container */
	const char *container; /* its id (12 digits) or name */
	bool below_user;       /* below user@UID.service: that user may have made the rest */
};
void join_cgroup_read(struct arena *arena, const char *path, struct join_cgroup *ret);

/* For the steps (step_*.c) ------------------------------------------------------------ */

struct join_starts {
	struct start **v;
	size_t n, cap;
};

struct join {
	struct audit *audit;
	struct map by_program; /* path without "/usr" -> struct join_starts */
	struct map by_unit;    /* "ssh.service" -> struct start, best one first seen */
	struct map by_made;    /* records made here, by their key */
	struct map answers;    /* pid -> what its process alone tells */
	bool said_more;        /* that a listener has too many possible causes */
	struct map cgroups;    /* cgroup path -> struct join_cgroup */
};

/* One kind of evidence. owner is never NULL; found: at least one link was added. */
struct join_step {
	const char *name;
	const char *doc;
	bool (*step)(struct join *join, struct listener *listener, const struct process *owner);
	bool guess;     /* only asked when no step before found anything */
	bool by_socket; /* looks at the socket, so its answer holds for this listener only */
};

bool join_by_super_server(struct join *, struct listener *, const struct process *);
bool join_by_socket_unit(struct join *, struct listener *, const struct process *);
bool join_by_container(struct join *, struct listener *, const struct process *);
bool join_by_supervisor(struct join *, struct listener *, const struct process *);
bool join_by_login(struct join *, struct listener *, const struct process *);
bool join_by_cron(struct join *, struct listener *, const struct process *);
bool join_by_unit(struct join *, struct listener *, const struct process *);
bool join_by_pidfile(struct join *, struct listener *, const struct process *);
bool join_by_program(struct join *, struct listener *, const struct process *);
bool join_by_session(struct join *, struct listener *, const struct process *);
bool join_by_other_program(struct join *, struct listener *, const struct process *);
bool join_by_port(struct join *, struct listener *, const struct process *);

/* evidence.c */
/* Adds a link unless it is there. */
void join_link(struct join *join, struct listener *listener, struct start *start, bool guess,
	       const char *fmt, ...) printf_like(5, 6);
const struct join_cgroup *join_cgroup_of(struct join *join, const char *path);
const struct process *join_parent(const struct join *join, const struct process *process);
/* A record made from processes, once per key. */
struct start *join_make(struct join *join, const char *mechanism, const char *key,
			enum start_when when);
/* Does the record declare this listener's port (and address, path)? */
bool join_declares(const struct start *start, const struct listener *listener);
/* The same whatever the address family: the inetds differ in what "tcp" means. */
bool join_declares_port(const struct start *start, const struct listener *listener);

/* program.c */
/* Is the program a super-server, and of which mechanism are its lines: "inetd", "xinetd", or
 * "gatehouse", which has those of both; NULL. */
const char *join_super_server(const struct process *process);
/* Does the super-server of the first mechanism serve the second one's lines by itself? */
bool join_super_server_reads(const char *server, const char *lines_of);
/* The configuration file a running super-server was told to read, NULL = its usual one. */
const char *join_super_server_file(const struct process *process);
/* The same told from a start record's program. */
const char *join_super_server_start(const struct start *start);
/* evidence.c: runs in our own process and mount world, so that its paths are the machine's. */
bool join_is_native(const struct join *join, const struct process *process);
/* The records that start the program (or script) this process runs; NULL = none. A merged /usr
 * is one directory. */
const struct join_starts *join_starts_of(const struct join *join, const struct process *process);
void join_index_programs(struct join *join);

#endif
