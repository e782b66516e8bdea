/*
 * Book: what is known about one service's sessions, in memory that the parent and the service's
 * workers share (a sealed memfd), so that limits, counters and the list of sessions outlive a
 * worker, a reload and an upgrade. One worker accepts and writes; one that is draining only marks
 * sessions as ended. The parent reads, and treats all of it as hostile: a worker may have been
 * taken over by its service.
 *
 * Pages that were never needed cost nothing: sessions are taken from the lowest free place.
 */
#ifndef ENGINE_BOOK_H
#define ENGINE_BOOK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"
#include "model/refusal.h"
#include "net/addr.h"

#define BOOK_SESSIONS 65536u /* places; instances above this are cut to it, and said so */
#define BOOK_SOURCES 65536u  /* a power of two */

enum book_state {
	BOOK_FREE,
	BOOK_ASKING,  /* accepted, waiting for a name, user or command */
	BOOK_RUNNING, /* served */
	BOOK_ENDED /* marked by one who is not the accepting worker, which takes note and frees */
};

struct book_session {
	_Atomic uint32_t state; /* enum book_state */
	uint32_t worker;        /* number of the worker that holds it */
	uint64_t number;        /* of the session; never used twice */
	pid_t pid;              /* 0: served by the worker itself */
	uint16_t port;
	struct net_addr addr;
	int64_t started; /* nanoseconds since 1970 */
	char user[32];   /* ident's answer, cleaned; may be empty */
};

/* State of one source's limits; meaning in engine/admission.c. */
struct book_source {
	uint8_t key[16];
	uint8_t family; /* 0 = free */
	uint32_t epoch; /* running was counted in; another than the book's: it is 0 */
	uint32_t running;
	int64_t tokens_at, refused_until;
	uint32_t tokens, refused;
	uint32_t window, used; /* connections in that period of the service's rate */
};

struct book_counts {
	_Atomic uint64_t accepted, started, ended, failed;
	_Atomic uint64_t refused[REFUSAL_N];
	_Atomic uint64_t bytes_in, bytes_out, cpu_us;
	_Atomic uint64_t lost_records; /* the log could not take them */
};

struct book {
	uint64_t magic;
	_Atomic uint64_t next_number;
	_Atomic uint32_t running; /* sessions that are not BOOK_FREE and not BOOK_ENDED */
	_Atomic uint32_t ended_by_others;
	_Atomic uint32_t top;    /* no session at or above this place is in use */
	_Atomic uint32_t worker; /* number of the worker that accepts */
	uint64_t seed;           /* of the hash of sources */
	uint32_t epoch;          /* how often a worker took over */
	int64_t tokens_at;       /* the whole service's rate */
	int64_t reserve_at;      /* what is kept for sources that used little */
	uint32_t tokens, reserve;
	uint32_t window, active, active_before; /* sources seen in this period and the last */
	struct book_counts counts;
	struct book_source sources[BOOK_SOURCES];
	struct book_session sessions[BOOK_SESSIONS];
};

/* A new one; the descriptor is close-on-exec. NULL and errno on failure. */
struct book *book_new(int *ret_fd);
struct book *book_map(int fd); /* that of another life of this program */
void book_unmap(struct book *book);

/* Shared by all workers of all services. */
struct book_common {
	_Atomic uint32_t running; /* processes, for -limit */
};

/* The deny list that sensors fill. Only the parent can write; workers map it read-only. */
#define BOOK_DENIED 10240u /* as xinetd's global list */
struct book_denied {
	_Atomic uint32_t version; /* odd while it is being changed */
	uint32_t n;
	struct {
		struct net_addr addr;
		int64_t until; /* seconds since 1970; INT64_MAX = for ever */
	} v[BOOK_DENIED];
};

#endif
