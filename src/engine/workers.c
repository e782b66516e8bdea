/*
 * Workers: one process per service that has something to do (worker.c). The parent forks it on the
 * first connection, hears from it over a socket pair, and watches the service's listeners itself
 * again when it has ended. Messages of a worker are a stranger's: only what its service may ask
 * for is done.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/line.h"
#include "engine/parent.h"

/* A worker goes by itself only when it was idle for long; one that ends sooner is failing, whatever
 * it says. */
#define SHORT_LIFE LOOP_SECOND
/* Between the end of its wire and the end of the process. */
#define LOST_PATIENCE (200 * LOOP_MS)

struct slot_worker *
worker_find(const struct parent *parent, pid_t pid)
{
	struct slot_worker *worker = parent->workers;

	while (worker && worker->pid != pid)
		worker = worker->next;
	return worker;
}

/* Successors ----------------------------------------------------------------------------- */

static void
later(struct slot *slot)
{
	int64_t wait = backoff(slot->failures++);

	if (!wait) {
		slot_watch(slot, true);
		return;
	}
	slot_watch(slot, false);
	loop_at(&slot->parent->loop, &slot->again, slot->parent->loop.now + wait);
}

/* Another one is started for it; not at once for one that has hardly lived. */
static void
succeed(struct slot_worker *worker)
{
	struct slot *slot = worker->slot;

	slot->worker = NULL;
	if (slot->parent->loop.now - worker->since < SHORT_LIFE)
		later(slot);
	else
		slot_watch(slot, true);
}

/* Messages ------------------------------------------------------------------------------- */

/* The one who does not read its wire gets no more: it may be stopped, and the parent never waits.
 */
static int
tell(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	int r = worker->control.fd < 0 ? -EPIPE : wire_send(worker->control.fd, wire, fds, n_fds);

	if (r < 0 && r != -EPIPE && r != -ECONNRESET && !worker->deaf) {
		worker->deaf = true; /* said once: it may make us try as often as it likes */
		parent_say(worker->slot->parent, LOG_WARNING, "%s: worker %d does not listen: %s",
			   worker->slot->id, (int)worker->pid, strerror(-r));
	}
	return r;
}

static void
deliver(struct slot_worker *worker, struct helper *helper)
{
	struct wire wire = {.kind = helper->deliver};
	auto_fd fd = helper_client(helper, worker->slot);

	if (fd < 0)
		return;
	if (helper == &worker->slot->parent->resolver)
		worker->told = helper->life;
	(void)tell(worker, &wire, &fd, 1);
}

void
workers_deliver(struct parent *parent, struct helper *helper)
{
	for (struct slot_worker *worker = parent->workers; worker; worker = worker->next)
		if (worker->slot->service && (helper == &parent->log || worker->asked))
			deliver(worker, helper);
}

static void
on_ready(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	worker->ready = true;
}

static void
on_failed(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	char room[sizeof(wire->text) * 4];
	struct line line = {.v = room, .cap = sizeof(room)};

	if (worker->ready || worker->failed)
		return;
	worker->failed = true;
	line_safe(&line, wire->text, "");
	parent_say(worker->slot->parent, LOG_ERR, "%s: cannot be served: %.*s", worker->slot->id,
		   (int)line.n, line.v);
}

/* The client of a tcpmux whose service cannot have it is told so: RFC 1078. */
static void
turn_away(struct parent *parent, int fd, const char *name, const char *why)
{
	static const char answer[] = "-Service not available\r\n";

	parent_say(parent, LOG_WARNING, "tcpmux: a client of %s is turned away: %s", name, why);
	(void)!send(fd, answer, sizeof(answer) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* An upgrade does not tell how a worker began; then it is what its service is now. */
static bool
may_mux(const struct slot_worker *worker)
{
	const struct service *service = worker->slot->service;

	return worker->muxes || (service && service->kind == SERVICE_TCPMUX);
}

/* Only a tcpmux may bring connections, and only to services that are reached that way. */
static void
on_mux(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	struct parent *parent = worker->slot->parent;
	struct slot *to = slot_of_mux(parent, wire->text);
	int r;

	if (!may_mux(worker) || n_fds != 1)
		return;
	if (!to) {
		turn_away(parent, fds[0], "a service", "it was removed");
		return;
	}
	if (!to->worker && !to->again.place)
		worker_begin(to);
	if (!to->worker) {
		turn_away(parent, fds[0], to->id, "no worker");
		return;
	}
	r = tell(to->worker, &(struct wire){.kind = WIRE_CONNECTION}, fds, 1);
	if (r < 0)
		turn_away(parent, fds[0], to->id, strerror(-r));
}

static void
on_sensed(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	const struct service *service = worker->slot->service;

	if (service && service->kind == SERVICE_SENSOR)
		denied_add(worker->slot->parent, &wire->addr, service->deny_time_s);
}

static void
on_ask_resolver(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	const struct helper *resolver = &worker->slot->parent->resolver;

	/* One end of each life: what it was given it cannot ask for again. */
	if (worker->asked && resolver->pid && worker->told == resolver->life)
		return;
	worker->asked = true;
	deliver(worker, &worker->slot->parent->resolver);
}

/* The next one reads hosts.allow and hosts.deny before it is the account. */
static void
on_no_more(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	struct slot *slot = worker->slot;

	worker->draining = true;
	if (slot->worker != worker)
		return;
	succeed(worker);
	slot_mend(slot);
}

static void
on_kill_for_me(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	if (wire->number <= INT32_MAX)
		child_kill(worker, (pid_t)wire->number, (int)wire->value);
}

static const struct {
	uint32_t kind;
	void (*run)(struct slot_worker *worker, const struct wire *wire, const int *fds,
		    size_t n_fds);
} messages[] = {
	{WIRE_READY, on_ready},
	{WIRE_FAILED, on_failed},
	{WIRE_MUX, on_mux},
	{WIRE_SENSED, on_sensed},
	{WIRE_ASK_RESOLVER, on_ask_resolver},
	{WIRE_NO_MORE, on_no_more},
	{WIRE_KILL_FOR_ME, on_kill_for_me},
};

static void
take(struct slot_worker *worker, const struct wire *wire, const int *fds, size_t n_fds)
{
	for (size_t i = 0; i < COUNT_OF(messages); i++)
		if (messages[i].kind == wire->kind)
			messages[i].run(worker, wire, fds, n_fds);
}

/* A worker that closed its wire and does not end: another one takes its place. */
static void
lost_due(struct loop *loop, struct loop_timer *timer)
{
	struct slot_worker *worker = OWNER_OF(timer, struct slot_worker, lost);

	if (worker->slot->worker == worker)
		succeed(worker);
}

enum { MESSAGES_PER_TURN = 16 };

static void
control_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct slot_worker *worker = OWNER_OF(watch, struct slot_worker, control);
	struct wire wire;
	int fds[WIRE_MAX_FDS], r = 0;
	size_t n_fds;

	for (int i = 0; i < MESSAGES_PER_TURN; i++) {
		r = wire_receive(watch->fd, &wire, fds, &n_fds);
		if (r <= 0)
			break;
		take(worker, &wire, fds, n_fds);
		while (n_fds)
			fd_close(fds[--n_fds]);
	}
	if (r > 0 || r == -EAGAIN || r == -EINTR)
		return;
	loop_watch(loop, watch, 0);
	loop_at(loop, &worker->lost, loop->now + LOST_PATIENCE);
}

/* Lives ---------------------------------------------------------------------------------- */

static void does_not_return
run(const struct slot *slot, uint32_t number, int control, int log)
{
	const struct parent *parent = slot->parent;
	int listeners[KEEP_MAX];
	struct worker_start start = {.serve = parent->serve,
				     .service = slot->service,
				     .slot = slot->number,
				     .number = number,
				     .listeners = listeners,
				     .control = control,
				     .log = log,
				     .resolver = -1,
				     .common = parent->common,
				     .denied = parent->denied_ro,
				     .privileged = parent->options->privileged,
				     .files = parent->files};

	for (uint32_t i = 0; i < slot->n_doors; i++)
		listeners[i] = slot->doors[i].watch.fd;
	/* The parent's own mappings of books are not inherited: nobody writes another's. */
	start.book = book_map(slot->book_fd);
	if (!start.book)
		_exit(1);
	fd_close(slot->book_fd);
	worker_run(&start);
}

static bool
have_book(struct slot *slot)
{
	if (!slot->book)
		slot->book = book_new(&slot->book_fd);
	return slot->book;
}

static pid_t
fork_worker(struct slot *slot, uint32_t number, int control, int log)
{
	int keep[KEEP_MAX];
	size_t n = 0;
	pid_t pid;

	if (slot->n_doors > KEEP_MAX - 3) {
		errno = EMFILE;
		return -1;
	}
	for (uint32_t i = 0; i < slot->n_doors; i++)
		keep[n++] = slot->doors[i].watch.fd;
	keep[n++] = control;
	keep[n++] = log;
	keep[n++] = slot->book_fd;
	pid = parent_fork("worker", keep, n);
	if (pid == 0)
		run(slot, number, control, log);
	return pid;
}

struct slot_worker *
worker_add(struct slot *slot, pid_t pid, uint32_t number, int control)
{
	struct parent *parent = slot->parent;
	struct slot_worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		err_no_memory();
	worker->control = (struct loop_watch){.fd = control, .ready = control_ready};
	worker->lost.due = lost_due;
	worker->slot = slot;
	worker->pid = pid;
	worker->number = number;
	worker->since = parent->loop.now;
	worker->muxes = slot->service && slot->service->kind == SERVICE_TCPMUX;
	worker->next = parent->workers;
	parent->workers = worker;
	slot->n_workers++;
	if (loop_watch(&parent->loop, &worker->control, EPOLLIN) < 0)
		parent_say(parent, LOG_ERR, "%s: cannot hear worker %d", slot->id, (int)pid);
	return worker;
}

void
worker_begin(struct slot *slot)
{
	struct parent *parent = slot->parent;
	int pair[2], log;
	uint32_t number;
	pid_t pid = -1;

	if (slot->worker || !slot->service || parent->end != PARENT_STAYS)
		return;
	loop_at(&parent->loop, &slot->again, 0);
	if (!have_book(slot) || wire_pair(pair) < 0) {
		parent_say(parent, LOG_ERR, "%s: no worker: %s", slot->id, strerror(errno));
		later(slot);
		return;
	}
	number = ++parent->next_worker;
	log = helper_client(&parent->log, slot);
	atomic_store(&slot->book->worker, number);
	pid = fork_worker(slot, number, pair[1], log);
	fd_close(pair[1]);
	fd_close(log);
	if (pid < 0) {
		parent_say(parent, LOG_ERR, "%s: no worker: %s", slot->id, strerror(errno));
		fd_close(pair[0]);
		later(slot);
		return;
	}
	slot_watch(slot, false);
	slot->worker = worker_add(slot, pid, number, pair[0]);
}

void
worker_drain(struct slot_worker *worker)
{
	struct wire wire = {.kind = WIRE_DRAIN};

	worker->draining = true;
	if (worker->slot->worker == worker)
		worker->slot->worker = NULL;
	(void)tell(worker, &wire, NULL, 0);
}

void
worker_kill(struct slot_worker *worker, uint64_t number, int signal)
{
	struct wire wire = {.kind = WIRE_KILL, .number = number, .value = (uint32_t)signal};

	(void)tell(worker, &wire, NULL, 0);
}

static void
forget(struct slot_worker *worker)
{
	struct parent *parent = worker->slot->parent;

	for (struct slot_worker **at = &parent->workers; *at; at = &(*at)->next)
		if (*at == worker) {
			*at = worker->next;
			break;
		}
	loop_at(&parent->loop, &worker->lost, 0);
	loop_watch(&parent->loop, &worker->control, 0);
	fd_close(worker->control.fd);
	free(worker);
}

/* What it still had to say is heard before it is forgotten. */
void
worker_ended(struct slot_worker *worker, int status)
{
	struct slot *slot = worker->slot;
	struct parent *parent = slot->parent;
	bool accepts = slot->worker == worker, fine = WIFEXITED(status) && !WEXITSTATUS(status);
	bool short_life = !worker->draining && parent->loop.now - worker->since < SHORT_LIFE;

	if (worker->control.events)
		control_ready(&parent->loop, &worker->control, EPOLLIN);
	orphans_of(worker);
	slot->n_workers--;
	if (accepts)
		slot->worker = NULL;
	if ((fine && !short_life) || parent->loop.now - worker->since > BACKOFF_FORGET)
		slot->failures = 0;
	if (!fine)
		parent_say(parent, LOG_ERR, "%s: worker %d ended with %s %d", slot->id,
			   (int)worker->pid, WIFSIGNALED(status) ? "signal" : "status",
			   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	forget(worker);
	if (accepts && slot->service && parent->end == PARENT_STAYS) {
		if (!fine)
			slot_mend(slot);
		if (fine && !short_life)
			slot_watch(slot, true);
		else
			later(slot);
	}
	slot_free_if_gone(slot);
	parent_ends_with_last(parent);
}
