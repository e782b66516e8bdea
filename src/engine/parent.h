/*
 * Parent: what the files of the super-server's first process share. It owns listeners, workers,
 * books and the two helper processes; it reads nothing that a client sent, and what workers tell
 * it is checked like a stranger's word.
 */
#ifndef ENGINE_PARENT_H
#define ENGINE_PARENT_H

#include <sys/resource.h>

#include "engine/engine.h"
#include "engine/listen.h"
#include "engine/loop.h"
#include "engine/rpcbind.h"
#include "engine/wire.h"

struct control;
struct parent;
struct slot;

/* One listener of a slot; the descriptor stays ours as long as the service is there. */
struct door {
	struct loop_watch watch; /* fd -1: could not be opened yet */
	struct slot *slot;
	bool taken; /* by a service of the generation that is being made */
};

/* One service through all reloads and workers. */
struct slot {
	uint32_t number; /* never used twice */
	struct parent *parent;
	const struct service *service; /* of the present generation; NULL: it is in none any more */
	char *id;                      /* outlives generations */
	struct slot_worker *worker;    /* the one that accepts; NULL = none */
	uint32_t n_workers;            /* with those that drain */
	uint32_t n_orphans;            /* sessions that a dead worker left */
	struct book *book;             /* from the first worker on */
	int book_fd;
	unsigned failures;        /* of workers, one after the other */
	struct loop_timer again;  /* when a worker may be started again */
	struct loop_timer rebind; /* when listeners are tried again */
	int64_t rebind_since;
	uint32_t n_doors;
	struct door *doors;
};

struct slot_worker {
	struct loop_watch control;
	struct slot *slot;
	struct slot_worker *next;
	pid_t pid;
	uint32_t number;
	int64_t since;
	bool ready, draining;
	bool asked;             /* for the resolver */
	bool muxes;             /* it was started as a tcpmux */
	unsigned told;          /* the life of the resolver that it has an end to */
	bool failed, deaf;      /* what it says of itself, and that it does not listen: said once */
	struct loop_timer lost; /* its end of the wire is gone: it must die soon */
};

/* The log process or the resolver. */
struct helper {
	const char *name;
	struct parent *parent;
	struct loop_watch control;
	pid_t pid; /* 0 = not running */
	unsigned failures;
	unsigned life; /* how often it was started */
	int64_t since;
	struct loop_timer again;
	uint32_t deliver; /* WIRE_LOG, WIRE_RESOLVER: how a worker gets its end */
	void (*run)(struct helper *helper, int control) does_not_return;
};

/* A session that outlived its worker, and is our child now: what the parent itself has seen, for
 * books may hold anything. */
struct orphan {
	pid_t pid;
	uint32_t place; /* in the slot's book */
	struct slot *slot;
};

enum parent_end { PARENT_STAYS, PARENT_QUITS, PARENT_TERMINATES, PARENT_UPGRADES };

/* Descriptors that an upgrade passed on, -1 = none; the rest of its state is in slots. */
struct parent_state {
	int control, lock;
	bool adopted;
};

struct parent {
	const struct engine_options *options;
	struct loop loop;
	struct listen listen;
	struct loop_watch signals;
	struct serve *serve;
	struct slot **slots;
	size_t n_slots, cap_slots;
	struct slot_worker *workers;
	struct orphan *orphans;
	size_t n_orphans, cap_orphans;
	uint32_t next_slot, next_worker;
	struct helper log, resolver;
	struct rpcbind rpcbind;
	struct book_common *common;
	int common_fd;
	struct book_denied *denied;          /* ours, not inherited by anyone */
	const struct book_denied *denied_ro; /* what workers see */
	int denied_fd;
	struct control *control;
	enum parent_end end, stop_asked;
	struct parent_state state;
	struct arena *old; /* of what an upgrade passed on, until the first load */
	struct loop_timer watchdog;
	int64_t watchdog_every; /* 0 = none */
	char self[4096];        /* our program's path, as it was at the start */
	struct loop_timer last; /* when those that did not end by then are killed */
	bool killed;
	rlim_t files;    /* soft RLIMIT_NOFILE we were given */
	int64_t started; /* seconds since 1970 */
	uint64_t reloads, failed_reloads;
	int status;
};

/* slot.c: services and their listeners. Without all_or_nothing (at start) the services whose
 * sockets cannot be opened are said and tried again. */
must_check int slots_apply(struct parent *parent, const struct serve *serve, bool all_or_nothing,
			   struct err *err);
void slots_close(struct parent *parent); /* all listeners, for good */
void slot_watch(struct slot *slot, bool watch);
/* Opens again what somebody shut down, and cannot be ready ever again. */
void slot_mend(struct slot *slot);
void slot_free_if_gone(struct slot *slot);
struct slot *slot_new(struct parent *parent, const char *id);
struct door *slot_doors(struct slot *slot, uint32_t n);                  /* n closed ones */
struct slot *slot_find_any(const struct parent *parent, const char *id); /* drained ones too */
struct slot *slot_of_mux(const struct parent *parent, const char *name);
struct slot *slot_find(const struct parent *parent, const char *id);
/* By id, or by its beginning up to '/' where only one has that: what a person types. */
struct slot *slot_named(const struct parent *parent, const char *name, struct err *err);

/* workers.c: start, messages, end */
void worker_begin(struct slot *slot);
struct slot_worker *worker_add(struct slot *slot, pid_t pid, uint32_t number, int control);
void worker_drain(struct slot_worker *worker);
void worker_kill(struct slot_worker *worker, uint64_t number, int signal);
struct slot_worker *worker_find(const struct parent *parent, pid_t pid);
void worker_ended(struct slot_worker *worker, int status);
/* Tells every accepting worker its new end of the log or the resolver. */
void workers_deliver(struct parent *parent, struct helper *helper);

/* helpers.c: log and resolver */
void helpers_init(struct parent *parent);
/* A worker's new end, -1 when there is none to be had now. */
int helper_client(struct helper *helper, const struct slot *slot);
bool helper_ended(struct parent *parent, pid_t pid, int status);
void helper_retire(struct helper *helper); /* it ends with its last client */
/* How long to wait before the next try of what failed so often. */
int64_t backoff(unsigned failures);
#define BACKOFF_FORGET (60 * LOOP_SECOND) /* who lived so long is not failing */

/* orphans.c: sessions that outlived their worker */
void orphans_of(struct slot_worker *worker);
bool orphan_ended(struct parent *parent, pid_t pid, int status, const struct rusage *usage);
void orphan_add(struct slot *slot, pid_t pid, uint32_t place);
/* number 0: all. How many were signalled. */
uint32_t slot_kill_sessions(struct slot *slot, uint64_t number, int signal);
/* A child of that worker, which it may not signal itself. */
void child_kill(const struct slot_worker *worker, pid_t pid, int signal);

/* One process of that service's sessions, if it really is one. */
bool orphan_kill(const struct slot *slot, pid_t pid, int signal);
uint32_t book_top(const struct book *book); /* never more than there are places */

/* state.c: the upgrade. All that lives on is written into a memfd, and read by who comes. */
must_check int state_exec(struct parent *parent, struct err *err); /* returns only when it fails */
must_check int state_adopt(struct parent *parent, struct err *err);

/* notify.c: systemd's sd_notify(3) protocol; nothing where NOTIFY_SOCKET is not set */
void notify_open(struct parent *parent);
void notify_say(const char *what);

/* pidfile.c */
must_check int pidfile_write(const char *path, struct err *err);
void pidfile_remove(const char *path);

/* dump.c: USR1 */
void dump_state(struct parent *parent);

/* denied.c: the list that sensors fill */
must_check int denied_open(struct parent *parent, struct err *err);
void denied_add(struct parent *parent, const struct net_addr *addr, uint32_t seconds);

/* process.c: fork(2); the child has only these descriptors. -1 and errno. */
enum { KEEP_MAX = 512 };
pid_t parent_fork(const char *name, const int *keep, size_t n_keep);

/* parent.c */
void parent_say(const struct parent *parent, int priority, const char *fmt, ...) printf_like(3, 4);
must_check int parent_reload(struct parent *parent, struct err *err);
must_check int parent_upgrade(struct parent *parent, struct err *err);
void parent_stop(struct parent *parent, enum parent_end end);
void parent_ends_with_last(struct parent *parent);

#endif
