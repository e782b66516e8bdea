/*
 * See worker.h: the worker's life, its listeners and what the parent tells it. Serves until it has
 * had nothing to do for a while, is told to drain, or the parent is gone.
 */
#include "engine/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "engine/account.h"
#include "engine/admission.h"
#include "engine/client.h"
#include "engine/session.h"
#include "engine/spawn.h"
#include "engine/waiting.h"
#include "net/sockaddr.h"

#define IDLE (10 * LOOP_SECOND)
#define FLUSH (20 * LOOP_MS)
#define NO_FDS (100 * LOOP_MS)
#define OTHERS (100 * LOOP_MS)
#define SAY_AGAIN (60 * LOOP_SECOND)

enum { TURN_ACCEPTS = 16, FLUSH_BYTES = 8192 };

/*
 * Words
 */

void
worker_note(struct worker *w, int priority, const char *fmt, ...)
{
	struct record record = {
		.kind = RECORD_NOTE, .priority = (uint8_t)priority, .time = loop_date()};
	char text[LIMIT_MESSAGE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	record_put(&w->out, &record, NULL, NULL, text);
}

int
worker_tell(struct worker *w, const struct wire *wire, const int *fds, size_t n_fds)
{
	return w->control.fd < 0 ? -EPIPE : wire_send(w->control.fd, wire, fds, n_fds);
}

static void
flush_due(struct loop *loop, struct loop_timer *timer)
{
	struct worker *w = worker_of(loop);

	record_flush(&w->out);
	atomic_store_explicit(&w->book->counts.lost_records, w->out.lost, memory_order_relaxed);
}

static void drain(struct worker *w);

static void
rest(struct loop *loop)
{
	struct worker *w = worker_of(loop);

	if (w->out.used >= FLUSH_BYTES)
		record_flush(&w->out);
	if (w->out.used && !w->flush.place)
		loop_at(loop, &w->flush, loop->now + FLUSH);
	if (!w->running && !w->retire.place)
		loop_at(loop, &w->retire, loop->now + IDLE);
	if (w->draining && !w->running)
		loop->stop = true;
}

/*
 * Listeners
 */

static void
listeners_watch(struct worker *w, uint32_t events)
{
	for (uint32_t i = 0; i < w->n_listeners; i++)
		if (w->listeners[i].watch.fd >= 0 && !w->listeners[i].session)
			loop_watch(&w->loop, &w->listeners[i].watch, events);
}

static void
listeners_close(struct worker *w)
{
	listeners_watch(w, 0);
	for (uint32_t i = 0; i < w->n_listeners; i++) {
		loop_at(&w->loop, &w->listeners[i].pause, 0);
		fd_close(w->listeners[i].watch.fd);
		w->listeners[i].watch.fd = -1;
	}
}

static void
drain(struct worker *w)
{
	w->draining = true;
	listeners_close(w);
	loop_at(&w->loop, &w->again, 0);
}

/* Our own sessions wake us when they end; for those of others we have to look. */
static void
look_again(struct worker *w, int64_t until)
{
	if (until == INT64_MAX && w->book->running > w->running)
		until = w->loop.now + OTHERS;
	if (until != INT64_MAX)
		loop_at(&w->loop, &w->again, until);
}

/* Nobody is accepted until a session ends or the moment comes. */
static void
close_for_now(struct worker *w, int64_t until)
{
	w->full = true;
	listeners_watch(w, 0);
	look_again(w, until);
}

static void
no_descriptors(struct worker *w, int error)
{
	if (!w->said_full || w->loop.now - w->said_full > SAY_AGAIN) {
		w->said_full = w->loop.now;
		worker_note(w, LOG_WARNING, "no available descriptors: %s", strerrordesc_np(error));
	}
	close_for_now(w, w->loop.now + NO_FDS);
}

void
worker_pause(struct worker *w, int64_t until)
{
	if (!w->draining)
		close_for_now(w, until);
}

void
worker_has_room(struct worker *w)
{
	int64_t until;

	if (!w->full || w->draining)
		return;
	until = admission_closed_until(w);
	if (until > w->loop.now) {
		look_again(w, until);
		return;
	}
	w->full = false;
	loop_at(&w->loop, &w->again, 0);
	listeners_watch(w, EPOLLIN);
}

static void
again_due(struct loop *loop, struct loop_timer *timer)
{
	struct worker *w = worker_of(loop);

	sessions_sweep(w);
	worker_has_room(w);
}

void
worker_address(const struct sockaddr_storage *from, struct net_addr *ret, uint16_t *ret_port)
{
	*ret = (struct net_addr){0};
	*ret_port = 0;
	if (net_sockaddr_read(from, ret, ret_port))
		*ret = net_addr_unmap(ret);
}

static void
take_local(int fd, struct peer *peer)
{
	struct sockaddr_storage at = {0};
	socklen_t size = sizeof(at);

	if (getsockname(fd, (struct sockaddr *)&at, &size) == 0)
		worker_address(&at, &peer->local, &peer->local_port);
}

static void
set_options(const struct worker *w, int fd)
{
	static const int on = 1;

	if (w->service->nodelay)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (w->service->keepalive)
		setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

/* 1 = somebody was there. */
static int
accept_one(struct worker *w, struct worker_listener *l)
{
	int flags = SOCK_CLOEXEC | (w->kind ? SOCK_NONBLOCK : 0);
	struct sockaddr_storage from;
	socklen_t size = sizeof(from);
	struct peer peer = {0};
	int fd = accept4(l->watch.fd, (struct sockaddr *)&from, &size, flags);

	if (fd < 0)
		return -errno;
	if (size < sizeof(from.ss_family))
		from.ss_family = AF_UNSPEC;
	worker_address(&from, &peer.addr, &peer.port);
	if (l->local_known) {
		peer.local = l->local;
		peer.local_port = l->local_port;
	} else if (peer.addr.family) {
		take_local(fd, &peer);
	}
	client_new(w, fd, &peer);
	return 1;
}

/* While sessions go on here, another worker may accept. */
static void
accept_no_more(struct worker *w)
{
	worker_tell(w, &(struct wire){.kind = WIRE_NO_MORE}, NULL, 0);
	drain(w);
}

/* One of its programs, or one before us that was taken over, has shut the socket down: it would be
 * ready for ever. The parent opens it again. */
static bool
is_broken(struct worker *w, uint32_t events)
{
	if (!(events & EPOLLHUP))
		return false;
	worker_note(w, LOG_ERR, "somebody has shut its socket down");
	w->broken = true;
	accept_no_more(w);
	return true;
}

static void
stream_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker_listener *l = OWNER_OF(watch, struct worker_listener, watch);
	struct worker *w = l->worker;

	if (is_broken(w, events))
		return;
	if (!sessions_mine(w)) { /* another worker has taken over */
		accept_no_more(w);
		return;
	}
	for (int i = 0; i < TURN_ACCEPTS && !w->full; i++) {
		int64_t until = admission_closed_until(w);
		int r;

		if (!admission_is_current(w)) {
			drain(w);
			return;
		}
		if (until) {
			close_for_now(w, until);
			return;
		}
		r = accept_one(w, l);
		if (r == -EMFILE || r == -ENFILE || r == -ENOBUFS || r == -ENOMEM)
			no_descriptors(w, -r);
		if (r == -EAGAIN)
			return;
	}
}

static void
wait_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker_listener *l = OWNER_OF(watch, struct worker_listener, watch);
	int64_t until = admission_closed_until(l->worker);

	if (is_broken(l->worker, events))
		return;
	if (!admission_is_current(l->worker))
		drain(l->worker);
	else if (until)
		close_for_now(l->worker, until);
	else
		waiting_ready(l->worker, l);
}

static void
dgram_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker_listener *l = OWNER_OF(watch, struct worker_listener, watch);
	struct worker *w = l->worker;

	if (is_broken(w, events))
		return;
	if (!admission_is_current(w)) {
		drain(w);
		return;
	}
	w->idle_since = loop->now;
	w->kind->dgram(w, l);
}

static void
set_nonblocking(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && !(flags & O_NONBLOCK))
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static void
listener_open(struct worker *w, uint32_t i)
{
	struct worker_listener *l = &w->listeners[i];
	bool dgram = w->service->type == SOCK_DGRAM || w->service->type == SOCK_RAW;
	struct peer peer = {0};

	l->worker = w;
	l->number = i;
	l->watch.fd = w->start->listeners[i];
	l->watch.ready = dgram ? dgram_ready : stream_ready;
	if (l->watch.fd < 0)
		return;
	if (waiting_is(w)) {
		l->watch.ready = wait_ready;
		waiting_open(w, l);
	} else {
		/* A program that had the socket before may have left it otherwise. */
		set_nonblocking(l->watch.fd);
	}
	set_options(w, l->watch.fd); /* what it accepts inherits them */
	take_local(l->watch.fd, &peer);
	l->local = peer.local;
	l->local_port = peer.local_port;
	l->local_known = peer.local.family && !net_addr_is_wildcard(&peer.local);
}

/*
 * Children
 */

static void
reaped(struct worker *w, pid_t pid, int status, const struct rusage *usage)
{
	struct session *s = session_by_pid(w, pid);
	struct session_end end = {.usage = usage};
	const char *step;
	char text[LIMIT_MESSAGE];
	int r;

	if (!s) {
		if (w->spawner)
			spawn_forget(w->spawner, pid);
		ask_reaped(w, pid, status);
		return;
	}
	end.end = WIFSIGNALED(status) ? RECORD_ENDED_SIGNAL : RECORD_ENDED_SELF;
	end.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
	if (s->end)
		end.end = s->end;
	r = spawn_failure(s->slot, pid, &step);
	if (r < 0) {
		end.refusal = REFUSAL_EXEC;
		snprintf(text, sizeof(text), "%s: %s: %s", w->service->program, step,
			 strerrordesc_np(-r));
		end.text = text;
	}
	session_over(w, s, &end);
}

static void
signals_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker *w = worker_of(loop);
	struct signalfd_siginfo info;
	struct rusage usage;
	int status;
	pid_t pid;

	if (read(watch->fd, &info, sizeof(info)) < 0 && errno != EAGAIN)
		return;
	w->idle_since = loop->now;
	while ((pid = wait4(-1, &status, WNOHANG, &usage)) > 0)
		reaped(w, pid, status, &usage);
}

/*
 * The parent
 */

static void
new_fd(struct worker *w, int *ret, int *fds, size_t *n)
{
	if (*n != 1)
		return;
	fd_close(*ret);
	*ret = fds[0];
	*n = 0;
}

static void
on_log(struct worker *w, const struct wire *wire, int *fds, size_t *n)
{
	new_fd(w, &w->out.fd, fds, n);
	record_flush(&w->out);
}

static void
on_resolver(struct worker *w, const struct wire *wire, int *fds, size_t *n)
{
	if (*n != 1)
		return;
	ask_resolver(w, fds[0]);
	*n = 0;
}

static void
on_connection(struct worker *w, const struct wire *wire, int *fds, size_t *n)
{
	struct sockaddr_storage from = {0};
	socklen_t size = sizeof(from);
	struct peer peer = {0};

	int type = 0;
	socklen_t type_size = sizeof(type);

	if (*n != 1)
		return;
	/* tcpmux has another account, and may have been taken over: what it hands on must be what
	 * accept(2) could have given, or lists and limits by address would not hold. */
	if (getsockopt(fds[0], SOL_SOCKET, SO_TYPE, &type, &type_size) < 0 || type != SOCK_STREAM)
		return;
	if (getpeername(fds[0], (struct sockaddr *)&from, &size) < 0)
		return;
	worker_address(&from, &peer.addr, &peer.port);
	if (!peer.addr.family || atomic_load(&w->book->worker) != w->start->number)
		return;
	*n = 0;
	take_local(fds[0], &peer);
	set_options(w, fds[0]);
	(void)!admission_is_current(w);
	client_new(w, fds[0], &peer);
}

static void
on_drain(struct worker *w, const struct wire *wire, int *fds, size_t *n)
{
	drain(w);
}

static void
on_kill(struct worker *w, const struct wire *wire, int *fds, size_t *n)
{
	struct session *s = session_by_number(w, wire->number);

	if (s && wire->value && wire->value < NSIG)
		session_stop(w, s, (int)wire->value, RECORD_ENDED_KILLED);
}

static const struct {
	uint32_t kind;
	void (*on)(struct worker *w, const struct wire *wire, int *fds, size_t *n);
} orders[] = {
	{WIRE_LOG, on_log},     {WIRE_RESOLVER, on_resolver}, {WIRE_CONNECTION, on_connection},
	{WIRE_DRAIN, on_drain}, {WIRE_KILL, on_kill},
};

static void
order(struct worker *w, const struct wire *wire, int *fds, size_t n)
{
	for (size_t i = 0; i < COUNT_OF(orders); i++)
		if (orders[i].kind == wire->kind)
			orders[i].on(w, wire, fds, &n);
	while (n)
		fd_close(fds[--n]);
}

static void
control_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker *w = worker_of(loop);
	int fds[WIRE_MAX_FDS];
	struct wire wire;
	size_t n;
	int r;

	while ((r = wire_receive(watch->fd, &wire, fds, &n)) > 0)
		order(w, &wire, fds, n);
	if (r == -EAGAIN)
		return;
	/* The parent is gone: a new one must be able to bind. */
	loop_watch(loop, watch, 0);
	fd_close(watch->fd);
	watch->fd = -1;
	drain(w);
}

/* What was sent before the parent could know that we go is still served. */
static void
retire_due(struct loop *loop, struct loop_timer *timer)
{
	struct worker *w = worker_of(loop);

	if (w->running)
		return;
	if (loop->now < w->idle_since + IDLE) {
		loop_at(loop, timer, w->idle_since + IDLE);
		return;
	}
	if (w->control.fd >= 0) {
		shutdown(w->control.fd, SHUT_RD);
		control_ready(loop, &w->control, EPOLLIN);
	}
	drain(w);
}

/*
 * Life
 */

static int
int_cmp(const void *a, const void *b)
{
	return (*(const int *)a > *(const int *)b) - (*(const int *)a < *(const int *)b);
}

/* Of the parent's descriptors only our own stay; 0-2 become /dev/null. */
static int
keep_only(const struct worker_start *start)
{
	uint32_t n = 0, all = start->service->n_listeners + 3;
	int *keep = calloc(all, sizeof(*keep));
	unsigned from = 3;
	int null;

	if (!keep)
		return -ENOMEM;
	for (uint32_t i = 0; i < start->service->n_listeners; i++)
		keep[n++] = start->listeners[i];
	keep[n++] = start->control;
	keep[n++] = start->log;
	keep[n++] = start->resolver;
	qsort(keep, n, sizeof(*keep), int_cmp);
	for (uint32_t i = 0; i < n; i++) {
		if (keep[i] < (int)from)
			continue;
		if ((unsigned)keep[i] > from)
			close_range(from, (unsigned)keep[i] - 1, 0);
		fcntl(keep[i], F_SETFD, FD_CLOEXEC);
		from = (unsigned)keep[i] + 1;
	}
	close_range(from, ~0u, 0);
	free(keep);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null < 0)
		return -errno;
	for (int fd = 0; fd <= 2; fd++)
		if (dup2(null, fd) < 0)
			return -errno;
	close(null);
	return 0;
}

/* Dispositions are the children's, too: none is ignored. What may come is read from a descriptor
 * or waits for ever. */
static int
take_signals(struct worker *w)
{
	sigset_t set;

	for (int i = 1; i < NSIG; i++)
		signal(i, SIG_DFL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGPIPE);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGUSR2);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return -errno;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	w->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	w->signals.ready = signals_ready;
	return w->signals.fd < 0 ? -errno : loop_watch(&w->loop, &w->signals, EPOLLIN);
}

static int
set_up(struct worker *w, struct err *err)
{
	const struct worker_start *start = w->start;
	int r = keep_only(start);

	if (r < 0)
		return err_errno(err, r, "descriptors");
	r = loop_open(&w->loop);
	if (r == 0)
		r = take_signals(w);
	if (r < 0)
		return err_errno(err, r, "loop");
	w->control.ready = control_ready;
	if (w->control.fd >= 0 && (r = loop_watch(&w->loop, &w->control, EPOLLIN)) < 0)
		return err_errno(err, r, "control");
	r = admission_open(w);
	if (r == 0)
		r = admission_read_hosts(w);
	if (r < 0)
		return err_errno(err, r, "limits and rules");
	r = account_enter(w->service, start->privileged, err);
	if (r < 0)
		return r;
	admission_as_account(w);
	setsid(); /* fails only where it is one already */
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_PDEATHSIG, 0);
	if (chdir("/") < 0)
		return err_errno(err, -errno, "/");
	r = sessions_open(w);
	if (r == 0)
		r = asker_open(w);
	if (r < 0)
		return err_errno(err, r, "book");
	if (w->service->kind == SERVICE_PROGRAM)
		(void)!client_spawner(w);
	else
		w->kind = worker_kinds[w->service->kind];
	if (w->service->access && !waiting_can_check(w))
		return err_set(
			err, -EINVAL,
			"only_from and no_access cannot be kept: with wait = yes the program "
			"accepts by itself");
	if (!w->spawner && !w->kind)
		return err_set(err, -ENOSYS, "this kind of service cannot be served");
	r = w->kind && w->kind->open ? w->kind->open(w) : 0;
	return r < 0 ? err_errno(err, r, "service") : 0;
}

static int
listen_all(struct worker *w, struct err *err)
{
	w->n_listeners = w->service->n_listeners;
	w->listeners = calloc(w->n_listeners + 1, sizeof(*w->listeners));
	if (!w->listeners)
		return err_set(err, -ENOMEM, "no memory");
	for (uint32_t i = 0; i < w->n_listeners; i++)
		listener_open(w, i);
	listeners_watch(w, EPOLLIN);
	return 0;
}

void
worker_run(const struct worker_start *start)
{
	static struct worker worker; /* of this process */
	struct worker *w = &worker;
	struct wire wire = {.kind = WIRE_READY};
	struct err err = {0};
	int r;

	*w = (struct worker){
		.start = start,
		.serve = start->serve,
		.service = start->service,
		.book = start->book,
		.hosts = start->serve->hosts,
		.control.fd = start->control,
		.resolver.fd = start->resolver,
		.out.fd = start->log,
		.loop.rest = rest,
		.flush.due = flush_due,
		.retire.due = retire_due,
		.again.due = again_due,
	};
	r = set_up(w, &err);
	if (r == 0)
		r = listen_all(w, &err);
	if (r < 0) {
		wire.kind = WIRE_FAILED;
		snprintf(wire.text, sizeof(wire.text), "%.*s", (int)sizeof(wire.text) - 1,
			 err.text);
	}
	if (worker_tell(w, &wire, NULL, 0) < 0 || r < 0)
		_exit(r < 0);
	w->idle_since = loop_clock();
	r = loop_run(&w->loop);
	record_flush(&w->out);
	_exit(r < 0 || w->broken);
}
