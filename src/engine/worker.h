/*
 * Worker: the process that serves one service. This is what its parts share: the loop, the
 * sessions, and the hooks of those kinds of service that need no process of their own (built-ins,
 * redirect, tcpmux, sensor).
 *
 * A session is one connection from its admission to its end. One served by a program is known by
 * its pid; one served here by its kind's row in kinds.c, which gets the descriptor and says when it
 * is over. Places of sessions are pooled: nothing is allocated per connection.
 */
#ifndef ENGINE_WORKER_H
#define ENGINE_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "access/access.h"
#include "base/attr.h"
#include "engine/engine.h"
#include "engine/loop.h"
#include "engine/record.h"
#include "engine/wire.h"
#include "net/addr.h"

struct worker;

/* Who came, and to which of our addresses. Mapped addresses are unmapped. */
struct peer {
	struct net_addr addr, local;
	uint16_t port, local_port;
};

struct session {
	struct session *next; /* among the free ones, or those with the same hash of the pid */
	struct session *live_next, **live_at; /* all that live */
	uint64_t number;
	int64_t started;         /* nanoseconds since 1970 */
	uint32_t place;          /* in the book */
	uint32_t source;         /* in the book, + 1; 0 = not counted */
	pid_t pid;               /* 0: served by the worker */
	int fd;                  /* the connection, or -1; the session's own, closed at its end */
	uint8_t end;             /* enum record_end, once it is known before the end */
	bool counted;            /* as one of the processes of all services */
	bool served;             /* START was said */
	struct spawn_slot *slot; /* where its program was started; NULL = none */
	struct loop_timer limit; /* session_time */
	struct worker_listener *listener; /* it has; NULL = a connection */
	struct peer peer;
	char user[32]; /* ident's answer, or "" */

	/* For the kind that serves it. */
	void *own;
	struct loop_watch watch; /* fd's; fd and ready are the kind's to set */
	uint64_t bytes_in, bytes_out;
};

struct worker_listener {
	struct loop_watch watch; /* its fd */
	struct worker *worker;
	uint32_t number; /* in service->listeners */
	bool local_known;
	struct net_addr local; /* when bound to one address */
	uint16_t local_port;
	/* waiting.c: the session that has it, and when it did not take what woke it. */
	struct session *session;
	struct loop_timer pause;
	int64_t head;
	unsigned strikes;
	bool paused, failed, untouched;
};

/* One row per kind of service that the worker serves itself; kinds.c. NULL = not needed. */
struct worker_kind {
	/* Once, before the first connection. 0 or -errno: then the service fails. */
	int (*open)(struct worker *w);
	/*
	 * A connection was accepted and admitted: s->fd (non-blocking, close-on-exec), s->peer.
	 * It calls session_over() when it has ended, now or later. s->watch and s->own are its.
	 */
	void (*stream)(struct worker *w, struct session *s);
	/* A datagram socket of the service can be read: l->watch.fd. There is no session. */
	void (*dgram)(struct worker *w, struct worker_listener *l);
	/* Must end now, for this reason: free what it has and call session_over(). */
	void (*stop)(struct worker *w, struct session *s, enum record_end why);
};
extern const struct worker_kind *const worker_kinds[]; /* by enum service_kind; NULL = none */
extern const struct worker_kind worker_kind_builtin, worker_kind_redirect, worker_kind_tcpmux,
	worker_kind_sensor;

enum { WORKER_CHUNK = 64 }; /* sessions allocated at once */

struct worker {
	struct loop loop;
	const struct worker_start *start;
	const struct serve *serve;
	const struct service *service;
	const struct worker_kind *kind; /* NULL: a program */
	struct book *book;
	struct worker_listener *listeners;
	uint32_t n_listeners;
	struct loop_watch control, resolver, signals;
	struct loop_timer flush, retire, again; /* again: accept once more */
	int64_t idle_since, said_full;

	struct record_out out;
	const struct access
		*hosts; /* hosts.allow and hosts.deny as they are now; NULL = not asked */
	struct admission *admission;
	struct spawner *spawner;
	struct asker *asker; /* those who wait for answers */

	struct session *free, *live;
	struct session **by_pid; /* hash table, a power of two */
	uint32_t n_by_pid, cap_by_pid;
	uint64_t *places;    /* bitmap of the book's places this worker takes from */
	uint32_t running;    /* sessions this worker holds */
	uint32_t ended_seen; /* of book->ended_by_others */
	bool draining;
	bool broken; /* a listener does not listen any more: not our end, but a failure */
	bool full;   /* listeners are not watched until a place is free */
	void *own;   /* of the kind */
};

static inline struct worker *
worker_of(struct loop *loop)
{
	return OWNER_OF(loop, struct worker, loop);
}

/* An accept(2)ed one: family 0 where it has no Internet address; mapped ones are unmapped. */
void worker_address(const struct sockaddr_storage *from, struct net_addr *ret, uint16_t *ret_port);
/* One line about the service as a whole; priority as syslog's. */
void worker_note(struct worker *w, int priority, const char *fmt, ...) printf_like(3, 4);
/* To the parent; what it cannot take is dropped. The descriptors stay the caller's. */
int worker_tell(struct worker *w, const struct wire *wire, const int *fds, size_t n_fds);

/*
 * May this source be served a datagram (denied list, rate, load, times, addresses, hosts.*)?
 * A refusal is logged. Rules that need a name refuse.
 */
bool worker_admits_datagram(struct worker *w, const struct peer *peer);
/* Logs a refusal of somebody who has no session. */
void worker_refused(struct worker *w, const struct peer *peer, enum refusal refusal,
		    const char *why);

/* Why and how a session ended. */
struct session_end {
	enum record_end end;
	int32_t status;
	const struct rusage *usage; /* NULL = unknown */
	enum refusal refusal;       /* not NONE: it came to nothing, a FAIL record */
	const char *text;           /* for the record; may be NULL */
	const char *rule_file;      /* of the rule that refused; NULL = none */
	uint32_t rule_line;
};
/* Logs, counts, closes s->fd and takes the place back. s must not be used after it. */
void session_over(struct worker *w, struct session *s, const struct session_end *end);

#endif
