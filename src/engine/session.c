/*
 * Sessions of one worker: their places in the book, their pool, finding them by pid, what is logged
 * of them. See worker.h.
 */
#include "engine/session.h"

#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/fd.h"
#include "engine/admission.h"
#include "engine/client.h"
#include "engine/spawn.h"
#include "engine/waiting.h"

#define STOP_WAIT (5 * LOOP_SECOND)

enum { PLACE_WORDS = BOOK_SESSIONS / 64, PIDS_FIRST = 64 };

/*
 * Pids
 */

static uint32_t
hash_pid(const struct worker *w, pid_t pid)
{
	return (uint32_t)pid * 2654435761u >> 7 & (w->cap_by_pid - 1);
}

static void
pid_put(struct worker *w, struct session *s)
{
	struct session **at = &w->by_pid[hash_pid(w, s->pid)];

	s->next = *at;
	*at = s;
}

static void
pids_grow(struct worker *w)
{
	struct session **old = w->by_pid;
	uint32_t cap = w->cap_by_pid;

	w->cap_by_pid = cap ? cap * 2 : PIDS_FIRST;
	w->by_pid = calloc(w->cap_by_pid, sizeof(*old));
	if (!w->by_pid)
		err_no_memory();
	for (uint32_t i = 0; i < cap; i++)
		for (struct session *s = old[i], *next; s; s = next) {
			next = s->next;
			pid_put(w, s);
		}
	free(old);
}

struct session *
session_by_pid(struct worker *w, pid_t pid)
{
	struct session *s = w->cap_by_pid ? w->by_pid[hash_pid(w, pid)] : NULL;

	while (s && s->pid != pid)
		s = s->next;
	return s;
}

static void
pid_remove(struct worker *w, struct session *s)
{
	struct session **at = &w->by_pid[hash_pid(w, s->pid)];

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	w->n_by_pid--;
}

void
session_has_pid(struct worker *w, struct session *s, pid_t pid)
{
	s->pid = pid;
	w->book->sessions[s->place].pid = pid;
	if (w->n_by_pid++ >= w->cap_by_pid)
		pids_grow(w);
	pid_put(w, s);
}

/*
 * Places of the book
 */

static bool
place_take(struct worker *w, uint32_t *ret)
{
	for (uint32_t i = 0; i < PLACE_WORDS; i++)
		while (w->places[i] != UINT64_MAX) {
			uint32_t none = BOOK_FREE;

			*ret = i * 64 + (uint32_t)__builtin_ctzll(~w->places[i]);
			w->places[i] |= UINT64_C(1) << *ret % 64;
			/* Two workers may for a moment both think that they accept. */
			if (atomic_compare_exchange_strong(&w->book->sessions[*ret].state, &none,
							   BOOK_ASKING))
				return true;
		}
	return false;
}

static void
place_free(struct worker *w, uint32_t place)
{
	struct book *book = w->book;
	uint32_t top = atomic_load_explicit(&book->top, memory_order_relaxed);

	atomic_store_explicit(&book->sessions[place].state, BOOK_FREE, memory_order_release);
	w->places[place / 64] &= ~(UINT64_C(1) << place % 64);
	while (top && top <= BOOK_SESSIONS && !(w->places[(top - 1) / 64] >> (top - 1) % 64 & 1))
		top--;
	atomic_store_explicit(&book->top, top, memory_order_relaxed);
}

/* What somebody else's session, of a worker before this one, leaves. */
static void
sweep_place(struct worker *w, uint32_t place)
{
	struct book_session *row = &w->book->sessions[place];

	if (atomic_load_explicit(&row->state, memory_order_acquire) != BOOK_ENDED)
		return;
	admission_release_addr(w, &row->addr);
	place_free(w, place);
}

void
sessions_sweep(struct worker *w)
{
	uint32_t ended = atomic_load_explicit(&w->book->ended_by_others, memory_order_acquire);

	if (ended == w->ended_seen || w->draining)
		return;
	w->ended_seen = ended;
	for (uint32_t i = w->book->top; i-- > 0;)
		sweep_place(w, i);
}

int
sessions_open(struct worker *w)
{
	struct book *book = w->book;
	uint32_t top = book->top;

	w->places = calloc(PLACE_WORDS, sizeof(*w->places));
	if (!w->places)
		return -ENOMEM;
	atomic_store(&book->worker, w->start->number);
	book->epoch++;
	if (top > BOOK_SESSIONS) {
		top = BOOK_SESSIONS;
		atomic_store(&book->top, top);
	}
	w->ended_seen = book->ended_by_others;
	for (uint32_t i = 0; i < top; i++)
		if (book->sessions[i].state != BOOK_FREE)
			w->places[i / 64] |= UINT64_C(1) << i % 64;
	for (uint32_t i = 0; i < top; i++) {
		uint32_t state = book->sessions[i].state;

		if (state == BOOK_ENDED)
			place_free(w, i);
		else if (state != BOOK_FREE)
			admission_hold_addr(w, &book->sessions[i].addr);
	}
	return 0;
}

bool
sessions_mine(const struct worker *w)
{
	return !w->draining &&
	       atomic_load_explicit(&w->book->worker, memory_order_relaxed) == w->start->number;
}

/*
 * Their life
 */

static struct session *
from_pool(struct worker *w)
{
	struct session *s = w->free;

	if (!s) {
		s = calloc(WORKER_CHUNK, sizeof(*s));
		if (!s)
			return NULL;
		for (int i = 0; i < WORKER_CHUNK - 1; i++)
			s[i].next = &s[i + 1];
	}
	w->free = s->next;
	memset(s, 0, sizeof(*s));
	return s;
}

static void
to_pool(struct worker *w, struct session *s)
{
	s->next = w->free;
	w->free = s;
}

static void
limit_due(struct loop *loop, struct loop_timer *timer)
{
	session_stop(worker_of(loop), OWNER_OF(timer, struct session, limit), SIGTERM,
		     RECORD_ENDED_TIMEOUT);
}

struct session *
session_open(struct worker *w, int fd, const struct peer *peer, uint32_t state)
{
	struct book *book = w->book;
	struct book_session *row;
	struct session *s = from_pool(w);
	uint32_t place;

	if (!s || !place_take(w, &place)) {
		if (s)
			to_pool(w, s);
		return NULL;
	}
	s->fd = fd;
	s->place = place;
	s->peer = *peer;
	s->number = atomic_fetch_add_explicit(&book->next_number, 1, memory_order_relaxed);
	s->started = loop_date();
	s->limit.due = limit_due;
	row = &book->sessions[place];
	row->worker = w->start->number;
	row->number = s->number;
	row->pid = 0;
	row->port = peer->port;
	row->addr = peer->addr;
	row->started = s->started;
	row->user[0] = '\0';
	atomic_store_explicit(&row->state, state, memory_order_release);
	if (place >= atomic_load_explicit(&book->top, memory_order_relaxed))
		atomic_store_explicit(&book->top, place + 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&book->running, 1, memory_order_relaxed);
	s->live_next = w->live;
	s->live_at = &w->live;
	if (w->live)
		w->live->live_at = &s->live_next;
	w->live = s;
	w->running++;
	return s;
}

static struct record
record_of(const struct worker *w, const struct session *s, enum record_kind kind)
{
	return (struct record){
		.kind = (uint8_t)kind,
		.session = s->number,
		.time = loop_date(),
		.pid = s->pid,
		.addr = s->peer.addr,
		.local = s->peer.local,
		.port = s->peer.port,
		.local_port = s->peer.local_port,
	};
}

static bool
is_logged(const struct worker *w)
{
	return w->service->sink && w->service->sink->kind != SINK_NONE;
}

static void
put(struct worker *w, const struct record *record, const char *user, const char *file,
    const char *text)
{
	if (is_logged(w))
		record_put(&w->out, record, user, file, text);
}

void
session_started(struct worker *w, struct session *s)
{
	struct record record = record_of(w, s, RECORD_START);

	s->served = true;
	atomic_store_explicit(&w->book->sessions[s->place].state, BOOK_RUNNING,
			      memory_order_release);
	atomic_fetch_add_explicit(&w->book->counts.started, 1, memory_order_relaxed);
	if (w->service->limits.session_s)
		loop_at(&w->loop, &s->limit,
			w->loop.now + w->service->limits.session_s * LOOP_SECOND);
	put(w, &record, s->user[0] ? s->user : NULL, NULL, NULL);
}

/* Where only the C library's header, which has an older tcp_info, names them: net/tcp_states.h. */
enum { TCP_TIME_WAIT = 6, TCP_CLOSE_WAIT = 8, TCP_LAST_ACK = 9, TCP_CLOSING = 11 };

/* The other side's FIN counts as a byte received. */
static bool
has_fin(uint8_t state)
{
	return state == TCP_CLOSE_WAIT || state == TCP_LAST_ACK || state == TCP_CLOSING ||
	       state == TCP_TIME_WAIT;
}

/* What the kernel counted on a connection whose bytes went past us. */
static void
traffic(struct session *s)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (s->pid && s->fd >= 0 && getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0) {
		s->bytes_in = info.tcpi_bytes_received - has_fin(info.tcpi_state);
		s->bytes_out = info.tcpi_bytes_sent - info.tcpi_bytes_retrans;
	}
}

static void
add_usage(struct worker *w, struct record *record, const struct rusage *usage)
{
	record->user_us = (uint64_t)usage->ru_utime.tv_sec * 1000000u + usage->ru_utime.tv_usec;
	record->sys_us = (uint64_t)usage->ru_stime.tv_sec * 1000000u + usage->ru_stime.tv_usec;
	record->max_rss = (uint64_t)usage->ru_maxrss;
	atomic_fetch_add_explicit(&w->book->counts.cpu_us, record->user_us + record->sys_us,
				  memory_order_relaxed);
}

static void
log_end(struct worker *w, struct session *s, const struct session_end *end)
{
	struct book_counts *counts = &w->book->counts;
	struct record record = record_of(w, s, end->refusal ? RECORD_FAIL : RECORD_EXIT);

	record.refusal = (uint8_t)end->refusal;
	record.end = (uint8_t)end->end;
	record.status = end->status;
	record.rule_line = end->rule_line;
	record.duration = record.time - s->started;
	if (w->service->log_success & SERVICE_LOG_TRAFFIC && !s->listener) {
		traffic(s);
		record.flags = RECORD_HAS_TRAFFIC;
	}
	record.bytes_in = s->bytes_in;
	record.bytes_out = s->bytes_out;
	if (end->usage)
		add_usage(w, &record, end->usage);
	atomic_fetch_add_explicit(&counts->bytes_in, s->bytes_in, memory_order_relaxed);
	atomic_fetch_add_explicit(&counts->bytes_out, s->bytes_out, memory_order_relaxed);
	if (end->refusal)
		atomic_fetch_add_explicit(&counts->refused[end->refusal], 1, memory_order_relaxed);
	if (s->served)
		atomic_fetch_add_explicit(end->refusal ? &counts->failed : &counts->ended, 1,
					  memory_order_relaxed);
	put(w, &record, s->user[0] ? s->user : NULL, end->rule_file, end->text);
}

void
session_userid(struct worker *w, struct session *s, const char *why)
{
	struct record record = record_of(w, s, RECORD_USERID);

	memcpy(w->book->sessions[s->place].user, s->user, sizeof(s->user));
	put(w, &record, s->user, NULL, why && why[0] ? why : NULL);
}

void
session_stderr(struct worker *w, const struct peer *peer, uint64_t number, const char *text)
{
	struct record record = {
		.kind = RECORD_STDERR,
		.session = number,
		.time = loop_date(),
		.addr = peer->addr,
		.port = peer->port,
	};

	put(w, &record, NULL, NULL, text);
}

static void
session_close(struct worker *w, struct session *s)
{
	if (s->limit.place)
		loop_at(&w->loop, &s->limit, 0);
	if (s->watch.events)
		loop_watch(&w->loop, &s->watch, 0);
	fd_close(s->fd);
	if (s->pid)
		pid_remove(w, s);
	if (s->counted)
		atomic_fetch_sub_explicit(&w->start->common->running, 1, memory_order_relaxed);
	atomic_fetch_sub_explicit(&w->book->running, 1, memory_order_relaxed);
	if (sessions_mine(w)) {
		admission_release(w, s->source);
		place_free(w, s->place);
	} else {
		atomic_store_explicit(&w->book->sessions[s->place].state, BOOK_ENDED,
				      memory_order_release);
		atomic_fetch_add_explicit(&w->book->ended_by_others, 1, memory_order_release);
	}
	w->running--;
	*s->live_at = s->live_next;
	if (s->live_next)
		s->live_next->live_at = s->live_at;
	to_pool(w, s);
	worker_has_room(w);
}

void
session_over(struct worker *w, struct session *s, const struct session_end *end)
{
	log_end(w, s, end);
	if (s->listener)
		waiting_over(w, s, end);
	session_close(w, s);
}

void
session_refused(struct worker *w, const struct peer *peer, const struct verdict *verdict)
{
	struct record record = {
		.kind = RECORD_FAIL,
		.refusal = (uint8_t)verdict->refusal,
		.time = loop_date(),
		.addr = peer->addr,
		.local = peer->local,
		.port = peer->port,
		.local_port = peer->local_port,
		.rule_line = verdict->line,
	};

	atomic_fetch_add_explicit(&w->book->counts.refused[verdict->refusal], 1,
				  memory_order_relaxed);
	put(w, &record, NULL, verdict->file, verdict->why);
}

void
worker_refused(struct worker *w, const struct peer *peer, enum refusal refusal, const char *why)
{
	struct verdict verdict = {.refusal = refusal, .why = why};

	session_refused(w, peer, &verdict);
}

/* The program's process group; before it has made one, the process. One that has become another
 * user's (setuid) only the parent may end. */
static void
signal_program(struct worker *w, const struct session *s, int number)
{
	struct wire wire = {
		.kind = WIRE_KILL_FOR_ME, .number = (uint64_t)s->pid, .value = (uint32_t)number};

	if (kill(-s->pid, number) < 0)
		kill(s->pid, number);
	if (kill(s->pid, 0) < 0 && errno == EPERM)
		worker_tell(w, &wire, NULL, 0);
}

void
session_stop(struct worker *w, struct session *s, int number, enum record_end why)
{
	if (!s->served) {
		client_stop(w, s);
		return;
	}
	if (!s->pid) {
		w->kind->stop(w, s, why);
		return;
	}
	/* Asked politely first; who does not listen is ended a moment later. */
	if (why == RECORD_ENDED_TIMEOUT && s->end == RECORD_ENDED_TIMEOUT)
		number = SIGKILL;
	else if (why == RECORD_ENDED_TIMEOUT)
		loop_at(&w->loop, &s->limit, w->loop.now + STOP_WAIT);
	s->end = (uint8_t)why;
	signal_program(w, s, number);
}

struct session *
session_by_number(struct worker *w, uint64_t number)
{
	struct session *s = w->live;

	while (s && s->number != number)
		s = s->live_next;
	return s;
}
