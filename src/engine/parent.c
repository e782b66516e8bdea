/*
 * Parent: the super-server's first process (design section 7): loads the configuration, holds the
 * listeners, starts what is needed and hears signals. See parent.h for who does what.
 *
 * Signals are xinetd's (xinetd(8)): HUP and USR2 read the configuration again, USR1 writes the
 * state, ABRT (IOT) checks it, QUIT ends the server and leaves sessions running, TERM ends both.
 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/control.h"

/* Sessions have so long to end on SIGTERM before they are killed. */
#define LAST_PATIENCE (3 * LOOP_SECOND)
#define LAST_KILL (1 * LOOP_SECOND)

void
parent_say(const struct parent *parent, int priority, const char *fmt, ...)
{
	char line[LIMIT_MESSAGE * 2];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (char *c = line; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?'; /* names come from files, and may hold anything */
	parent->options->say(parent->options->data, priority, line);
}

/* Generations ---------------------------------------------------------------------------- */

static bool
has_mistakes(const struct serve *serve)
{
	return serve->n_closed || serve->diags.count[DIAG_ERROR] || serve->diags.count[DIAG_UNSEEN];
}

/* The first of them stands in the answer; the log has all. */
static int
say_mistakes(const struct serve *serve, struct err *err)
{
	for (size_t i = 0; i < serve->diags.n; i++)
		if (serve->diags.v[i].level >= DIAG_ERROR)
			return err_set(err, -EINVAL, "%s",
				       diag_line(serve->arena, &serve->diags.v[i]));
	return err_set(err, -EINVAL, "the configuration has mistakes");
}

/* Writing to old sinks goes on until the old process's last worker is gone. */
static void
renew_log(struct parent *parent)
{
	if (!parent->log.pid)
		return;
	helper_retire(&parent->log);
	workers_deliver(parent, &parent->log);
}

static int
reload(struct parent *parent, struct err *err)
{
	const struct engine_options *options = parent->options;
	struct serve *serve, *old = parent->serve;
	int r = options->load(options->data, &serve, err);

	if (r < 0)
		return r;
	options->tell(options->data, serve);
	r = has_mistakes(serve) ? say_mistakes(serve, err) : slots_apply(parent, serve, true, err);
	if (r < 0) {
		options->unload(serve);
		return r;
	}
	parent->serve = serve;
	renew_log(parent);
	rpcbind_tell(parent, false);
	options->unload(old);
	malloc_trim(0); /* what reading needed; every child would have it too */
	return 0;
}

int
parent_reload(struct parent *parent, struct err *err)
{
	int64_t began = loop_clock();
	char line[80];
	int r;

	snprintf(line, sizeof(line), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(began / 1000));
	notify_say(line);
	r = reload(parent, err);
	notify_say("READY=1");
	if (r < 0) {
		parent->failed_reloads++;
		parent_say(parent, LOG_ERR, "nothing is changed: %s", err->text);
		return r;
	}
	parent->reloads++;
	parent_say(parent, LOG_NOTICE, "configuration read again: %zu services, %d ms",
		   parent->serve->n, (int)((loop_clock() - began) / LOOP_MS));
	return 0;
}

static void
on_reload(struct parent *parent)
{
	struct err err = {0};

	if (parent_reload(parent, &err) < 0)
		return; /* it has been said */
}

static int
first_load(struct parent *parent, struct err *err)
{
	const struct engine_options *options = parent->options;
	char text[LISTEN_TEXT];
	int r = options->load(options->data, &parent->serve, err);

	if (r < 0)
		return r;
	options->tell(options->data, parent->serve);
	if (!parent->serve->n && !options->stay_alive && !parent->state.adopted)
		return err_set(err, -ENOENT, "no service to serve");
	r = slots_apply(parent, parent->serve, false, err);
	while (listen_leftover(&parent->listen, text))
		parent_say(parent, LOG_WARNING, "nothing serves the socket we were given: %s",
			   text);
	arena_free(parent->old);
	parent->old = NULL;
	rpcbind_tell(parent, false);
	if (parent->state.adopted)
		workers_deliver(parent, &parent->log);
	malloc_trim(0);
	return r;
}

/* Needs no more than a configuration that can be loaded, so that the next life can go on. */
int
parent_upgrade(struct parent *parent, struct err *err)
{
	const struct engine_options *options = parent->options;
	struct serve *serve;
	int r = options->load(options->data, &serve, err);

	if (r < 0)
		return r;
	if (has_mistakes(serve)) {
		options->tell(options->data, serve);
		r = err_set(err, -EINVAL, "the configuration has mistakes");
	}
	options->unload(serve);
	if (r == 0)
		parent->stop_asked = PARENT_UPGRADES;
	return r;
}

/* The end -------------------------------------------------------------------------------- */

static void
signal_sessions(struct parent *parent, int signal)
{
	for (size_t i = 0; i < parent->n_slots; i++)
		slot_kill_sessions(parent->slots[i], 0, signal);
}

static void
last_due(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = OWNER_OF(timer, struct parent, last);

	if (!parent->killed) {
		parent->killed = true;
		signal_sessions(parent, SIGKILL);
		for (struct slot_worker *worker = parent->workers; worker; worker = worker->next)
			kill(worker->pid, SIGKILL);
		loop_at(loop, timer, loop->now + LAST_KILL);
		return;
	}
	loop->stop = true;
}

void
parent_ends_with_last(struct parent *parent)
{
	if (parent->end == PARENT_TERMINATES && !parent->workers)
		parent->loop.stop = true;
}

void
parent_stop(struct parent *parent, enum parent_end end)
{
	if (parent->end == PARENT_TERMINATES)
		return;
	parent->end = end;
	if (end == PARENT_UPGRADES) {
		parent->loop.stop = true;
		return;
	}
	notify_say("STOPPING=1");
	rpcbind_tell(parent, true);
	if (end == PARENT_QUITS) {
		parent->loop.stop = true;
		return;
	}
	slots_close(parent);
	signal_sessions(parent, SIGTERM);
	for (struct slot_worker *worker = parent->workers; worker; worker = worker->next)
		worker_drain(worker);
	loop_at(&parent->loop, &parent->last, parent->loop.now + LAST_PATIENCE);
	parent_ends_with_last(parent);
}

/* Children ------------------------------------------------------------------------------- */

struct dead {
	pid_t pid;
	int status;
	struct rusage usage;
};

enum { DEAD_PER_TURN = 64 };

static void
bury(struct parent *parent, const struct dead *dead)
{
	struct slot_worker *worker = worker_find(parent, dead->pid);

	if (worker)
		worker_ended(worker, dead->status);
	else if (!helper_ended(parent, dead->pid, dead->status))
		orphan_ended(parent, dead->pid, dead->status, &dead->usage);
}

/* Workers first: only then are their sessions known to be ours. */
static size_t
reap_some(struct parent *parent)
{
	struct dead dead[DEAD_PER_TURN];
	size_t n = 0;

	while (n < COUNT_OF(dead)) {
		dead[n].pid = wait4(-1, &dead[n].status, WNOHANG, &dead[n].usage);
		if (dead[n].pid <= 0)
			break;
		n++;
	}
	for (size_t i = 0; i < n; i++)
		if (worker_find(parent, dead[i].pid)) {
			bury(parent, &dead[i]);
			dead[i].pid = 0;
		}
	for (size_t i = 0; i < n; i++)
		if (dead[i].pid)
			bury(parent, &dead[i]);
	return n;
}

static void
reap(struct parent *parent)
{
	while (reap_some(parent) == DEAD_PER_TURN)
		;
}

/* Signals -------------------------------------------------------------------------------- */

static void
quit(struct parent *parent)
{
	parent_stop(parent, PARENT_QUITS);
}

static void
terminate(struct parent *parent)
{
	parent_stop(parent, PARENT_TERMINATES);
}

/* xinetd's consistency check: what should be true of our own tables. */
static void
check(struct parent *parent)
{
	size_t wrong = 0, workers = 0;

	for (const struct slot_worker *worker = parent->workers; worker;
	     worker = worker->next, workers++)
		wrong += kill(worker->pid, 0) < 0;
	for (size_t i = 0; i < parent->n_slots; i++) {
		const struct slot *slot = parent->slots[i];

		wrong += slot->service && slot->service->n_listeners != slot->n_doors;
		wrong += !slot->service && slot->worker;
		workers -= slot->n_workers;
	}
	wrong += workers != 0;
	parent_say(parent, wrong ? LOG_ERR : LOG_INFO, "consistency check: %zu wrong", wrong);
}

static const struct {
	int signal;
	void (*run)(struct parent *parent);
} signals[] = {
	{SIGCHLD, reap},     {SIGHUP, on_reload}, {SIGUSR2, on_reload},  {SIGTERM, terminate},
	{SIGINT, terminate}, {SIGQUIT, quit},     {SIGUSR1, dump_state}, {SIGABRT, check},
};

static void
signals_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct parent *parent = OWNER_OF(watch, struct parent, signals);
	struct signalfd_siginfo info;

	while (!loop->stop && read(watch->fd, &info, sizeof(info)) == sizeof(info))
		for (size_t i = 0; i < COUNT_OF(signals); i++)
			if ((uint32_t)signals[i].signal == info.ssi_signo)
				signals[i].run(parent);
}

static int
signals_open(struct parent *parent, struct err *err)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < COUNT_OF(signals); i++)
		sigaddset(&set, signals[i].signal);
	signal(SIGPIPE, SIG_IGN);
	if (sigprocmask(SIG_SETMASK, &set, NULL) < 0)
		return err_errno(err, -errno, "cannot block signals");
	parent->signals.ready = signals_ready;
	parent->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (parent->signals.fd < 0)
		return err_errno(err, -errno, "cannot watch for signals");
	return loop_watch(&parent->loop, &parent->signals, EPOLLIN);
}

/* Begin ---------------------------------------------------------------------------------- */

static int
common_open(struct parent *parent, struct err *err)
{
	void *p;

	if (parent->common_fd < 0) {
		parent->common_fd = memfd_create("gatehouse-common", MFD_CLOEXEC);
		if (parent->common_fd < 0 ||
		    ftruncate(parent->common_fd, sizeof(*parent->common)) < 0)
			return err_errno(err, -errno, "cannot make shared memory");
	}
	p = mmap(NULL, sizeof(*parent->common), PROT_READ | PROT_WRITE, MAP_SHARED,
		 parent->common_fd, 0);
	if (p == MAP_FAILED)
		return err_errno(err, -errno, "cannot map shared memory");
	parent->common = p;
	return 0;
}

/* A thousand services are a thousand sockets. */
static void
raise_files(struct parent *parent)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	parent->files = limit.rlim_cur;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit); /* if not: opening says so */
}

static int
begin(struct parent *parent, struct err *err)
{
	int r;

	listen_begin(&parent->listen);
	r = loop_open(&parent->loop);
	if (r < 0)
		return err_errno(err, r, "cannot make an event loop");
	raise_files(parent);
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return err_errno(err, -errno, "cannot become a subreaper");
	helpers_init(parent);
	if (readlink("/proc/self/exe", parent->self, sizeof(parent->self) - 1) < 0)
		snprintf(parent->self, sizeof(parent->self), "%s", parent->options->argv[0]);
	if ((r = signals_open(parent, err)) < 0 || (r = state_adopt(parent, err)) < 0 ||
	    (r = control_open(parent, err)) < 0 || (r = common_open(parent, err)) < 0 ||
	    (r = denied_open(parent, err)) < 0 || (r = first_load(parent, err)) < 0)
		return r;
	return parent->options->pidfile ? pidfile_write(parent->options->pidfile, err) : 0;
}

/* What a request asked for is done when its answer has been sent. */
static void
rest(struct loop *loop)
{
	struct parent *parent = OWNER_OF(loop, struct parent, loop);
	enum parent_end asked = parent->stop_asked;

	parent->stop_asked = PARENT_STAYS;
	if (asked != PARENT_STAYS)
		parent_stop(parent, asked);
}

static int
run(struct parent *parent)
{
	struct err err = {0};
	int r;

	while ((r = loop_run(&parent->loop)) == 0 && parent->end == PARENT_UPGRADES) {
		helper_retire(&parent->log);
		helper_retire(&parent->resolver);
		notify_say("RELOADING=1");
		if (state_exec(parent, &err) == 0)
			break;
		parent_say(parent, LOG_ERR, "no upgrade: %s", err.text);
		notify_say("READY=1");
		parent->end = PARENT_STAYS;
		parent->loop.stop = false;
		workers_deliver(parent, &parent->log);
		workers_deliver(parent, &parent->resolver);
	}
	return r;
}

int
engine_run(const struct engine_options *options, struct err *err)
{
	struct parent parent = {.options = options,
				.denied_fd = -1,
				.common_fd = -1,
				.signals.fd = -1,
				.state = {.control = -1, .lock = -1},
				.started = time(NULL),
				.last.due = last_due,
				.loop.rest = rest};
	int r = begin(&parent, err);

	if (r < 0) {
		if (r != -EALREADY) /* it is the other's */
			control_close(&parent, true);
		return r;
	}
	options->ready(options->data);
	notify_open(&parent);
	notify_say("READY=1");
	reap(&parent); /* who died while we were being exchanged */
	r = run(&parent);
	slots_close(&parent);
	listen_end(&parent.listen);
	if (options->pidfile)
		pidfile_remove(options->pidfile);
	control_close(&parent, true);
	return r;
}
