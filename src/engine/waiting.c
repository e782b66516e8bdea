/*
 * Services that get the listening socket itself and are waited for (inetd's "wait"): one program at
 * a time per socket; while it runs the socket is its own and not watched. Datagrams stay in the
 * socket's queue until it reads them: none is lost, and what came meanwhile starts the next one.
 * Of a datagram service the first datagram's sender is checked, by a look that does not take it.
 *
 * A datagram service without "wait" is served the same way, one at a time: two programs on one
 * socket would take each other's datagrams.
 *
 * A program that ends without having taken what woke it would be started again at once, for ever:
 * then it is started later and later. Which datagram it is tells its time of arrival
 * (SIOCGSTAMPNS; listen.c asks once, so that it is noted from the start); of a stream how many wait
 * in the backlog (tcp_info of a listening socket). Where neither is to be had, as of a unix socket,
 * a program that failed counts as one that took nothing; one that was never started always does.
 */
#include "engine/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>

#include "engine/admission.h"
#include "engine/client.h"
#include "engine/session.h"

#define FIRST_PAUSE (10 * LOOP_MS)
#define LONGEST_PAUSE (10 * LOOP_SECOND)
#define OTHERS_PAUSE (100 * LOOP_MS)

static bool
is_stream(const struct worker *w)
{
	return w->service->type != SOCK_DGRAM && w->service->type != SOCK_RAW;
}

bool
waiting_is(const struct worker *w)
{
	return !w->kind && (w->service->wait || !is_stream(w));
}

/*
 * Who comes to a listening stream socket its program accepts is not known to us. hosts.allow and
 * hosts.deny are then its own matter, as under every inetd; a list in the configuration could not
 * be kept.
 */
bool
waiting_can_check(const struct worker *w)
{
	return !waiting_is(w) || !is_stream(w);
}

/* The one that stands first: something that is another for another, or 0 = unknown. */
static int64_t
head_of(struct worker *w, int fd)
{
	struct timespec at;
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	if (!is_stream(w))
		return ioctl(fd, SIOCGSTAMPNS, &at) < 0 ? 0 : at.tv_sec * LOOP_SECOND + at.tv_nsec;
	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0 ? 0 : info.tcpi_unacked;
}

static int
look(struct worker *w, struct worker_listener *l, struct peer *ret)
{
	struct sockaddr_storage from = {0};
	socklen_t size = sizeof(from);
	char byte;

	*ret = (struct peer){.local = l->local, .local_port = l->local_port};
	if (is_stream(w))
		return 0;
	if (recvfrom(l->watch.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC, (void *)&from,
		     &size) < 0)
		return -errno;
	if (size >= sizeof(from.ss_family))
		worker_address(&from, &ret->addr, &ret->port);
	return 0;
}

static void
drop_datagram(struct worker *w, const struct worker_listener *l)
{
	char byte;

	if (!is_stream(w))
		(void)!recv(l->watch.fd, &byte, 1, MSG_DONTWAIT);
}

/* What woke the last program is still there. */
static bool
is_stuck(struct worker *w, struct worker_listener *l)
{
	int64_t head = head_of(w, l->watch.fd), before = l->head;

	l->head = head;
	if (l->untouched)
		return true;
	if (is_stream(w))
		return head && head >= before && l->failed;
	return head ? head == before : l->failed;
}

static void
pause_due(struct loop *loop, struct loop_timer *timer)
{
	struct worker_listener *l = OWNER_OF(timer, struct worker_listener, pause);

	if (l->watch.fd >= 0 && !l->session && !l->worker->full)
		loop_watch(loop, &l->watch, EPOLLIN);
}

static void
pause_for(struct worker *w, struct worker_listener *l, int64_t pause)
{
	loop_watch(&w->loop, &l->watch, 0);
	loop_at(&w->loop, &l->pause, w->loop.now + pause);
}

static void
strike(struct worker *w, struct worker_listener *l)
{
	int64_t pause = FIRST_PAUSE << (l->strikes < 10 ? l->strikes : 10);

	if (!l->strikes++)
		worker_note(w, LOG_WARNING,
			    "server failing (looping): it ends without taking what it was started "
			    "for; it is started more slowly");
	l->paused = true; /* and then it is started all the same */
	pause_for(w, l, pause < LONGEST_PAUSE ? pause : LONGEST_PAUSE);
}

/* true: not now. */
static bool
back_off(struct worker *w, struct worker_listener *l)
{
	bool stuck = is_stuck(w, l);

	if (!stuck)
		l->strikes = 0;
	if (stuck && !l->paused) {
		strike(w, l);
		return true;
	}
	l->paused = false;
	return false;
}

/* Sessions of a worker before this one still own the socket. */
static bool
is_owned_by_others(struct worker *w)
{
	sessions_sweep(w);
	return atomic_load_explicit(&w->book->running, memory_order_relaxed) > w->running;
}

void
waiting_ready(struct worker *w, struct worker_listener *l)
{
	struct verdict verdict;
	struct session *s;
	struct peer peer;
	uint32_t source;

	if (is_owned_by_others(w)) {
		pause_for(w, l, OTHERS_PAUSE);
		return;
	}
	if (look(w, l, &peer) < 0 || back_off(w, l))
		return;
	atomic_fetch_add_explicit(&w->book->counts.accepted, 1, memory_order_relaxed);
	admission_limits(w, &peer, &source, &verdict);
	s = verdict.refusal ? NULL : session_open(w, -1, &peer, BOOK_ASKING);
	if (!s) {
		admission_release(w, source);
		if (!verdict.refusal)
			verdict = (struct verdict){REFUSAL_INSTANCES, .why = "no place is left"};
		session_refused(w, &peer, &verdict);
		drop_datagram(w, l);
		if (is_stream(w))
			pause_for(w, l, LOOP_SECOND);
		return;
	}
	s->source = source;
	s->listener = l;
	l->session = s;
	loop_watch(&w->loop, &l->watch, 0);
	client_decide(w, s);
}

void
waiting_over(struct worker *w, struct session *s, const struct session_end *end)
{
	struct worker_listener *l = s->listener;
	bool dropped = end->refusal && end->refusal != REFUSAL_EXEC && end->refusal != REFUSAL_FORK;

	l->session = NULL;
	l->untouched = end->refusal == REFUSAL_EXEC;
	l->failed = !dropped && (end->refusal || end->end != RECORD_ENDED_SELF || end->status);
	if (l->watch.fd < 0)
		return;
	if (dropped)
		drop_datagram(w, l);
	if (end->refusal == REFUSAL_FORK)
		pause_for(w, l, LOOP_SECOND);
	else if (!w->full)
		loop_watch(&w->loop, &l->watch, EPOLLIN);
}

/* A program expects a socket that waits; we look with MSG_DONTWAIT. */
void
waiting_open(struct worker *w, struct worker_listener *l)
{
	int flags = fcntl(l->watch.fd, F_GETFL);

	l->pause.due = pause_due;
	if (flags >= 0 && flags & O_NONBLOCK)
		fcntl(l->watch.fd, F_SETFL, flags & ~O_NONBLOCK);
}
