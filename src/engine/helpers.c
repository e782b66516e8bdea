/*
 * Helpers: the lives of the log process and the resolver. Each runs under an account of its own,
 * is started when the first worker needs it and again when it dies, and ends with its last client.
 * A worker holds one end of a socket pair, the helper the other, which the parent made and named:
 * so nobody can speak for another service.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/parent.h"

/* Accounts ------------------------------------------------------------------------------- */

/* Where no account was made for us: numbers that are nobody's, from those that systemd too takes
 * for services without a user (systemd.exec(5), DynamicUser). */
enum { FREE_FIRST = 61184, FREE_LAST = 65519, FREE_TRIES = 64 };

static bool
find_account(const char *user, uid_t *ret_uid, gid_t *ret_gid)
{
	const struct passwd *found = getpwnam(user);
	uint32_t hash = 5381;

	if (found) {
		*ret_uid = found->pw_uid;
		*ret_gid = found->pw_gid;
		return found->pw_uid != 0 && found->pw_gid != 0;
	}
	for (const char *c = user; *c; c++)
		hash = hash * 33 + (unsigned char)*c;
	for (uint32_t i = 0; i < FREE_TRIES; i++) {
		uint32_t id = FREE_FIRST + (hash + i) % (FREE_LAST - FREE_FIRST + 1);

		if (getpwuid(id) || getgrgid(id))
			continue;
		*ret_uid = *ret_gid = id;
		return true;
	}
	return false;
}

/*
 * Asked in a process of its own, that is gone after the answer: the name services' libraries would
 * take as much memory as all the rest of a log process, for as long as it lives.
 */
static bool
ask_account(const char *user, uid_t *ret_uid, gid_t *ret_gid)
{
	uint32_t answer[2] = {0, 0};
	int pair[2];
	bool fine;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		fine = find_account(user, &answer[0], &answer[1]) &&
		       write(pair[1], answer, sizeof(answer)) == sizeof(answer);
		_exit(!fine);
	}
	close(pair[1]);
	fine = pid > 0 && read(pair[0], answer, sizeof(answer)) == sizeof(answer) && answer[0] &&
	       answer[1];
	close(pair[0]);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	*ret_uid = answer[0];
	*ret_gid = answer[1];
	return fine;
}

static bool
is_now(uid_t uid, gid_t gid)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	return getresuid(&ruid, &euid, &suid) == 0 && getresgid(&rgid, &egid, &sgid) == 0 &&
	       ruid == uid && euid == uid && suid == uid && rgid == gid && egid == gid &&
	       sgid == gid && getgroups(0, NULL) == 0;
}

/* Runs in the child, which ends when it cannot become what it should. */
static void
become(const char *user)
{
	uid_t uid;
	gid_t gid;

	if (!ask_account(user, &uid, &gid) || setgroups(0, NULL) < 0 ||
	    setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0 || !is_now(uid, gid))
		_exit(1);
}

static void
harden(const struct helper *helper, const char *user)
{
	if (helper->parent->options->privileged)
		become(user);
	if (prctl(PR_SET_DUMPABLE, 0) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    chdir("/") < 0)
		_exit(1);
}

/* What they run -------------------------------------------------------------------------- */

/* As root, but never through a link and never anything but a plain file that has one name. */
static int
open_sink(const struct service_sink *sink)
{
	struct stat st;
	int fd;

	if (sink->kind != SINK_FILE && sink->kind != SINK_JSON)
		return -1;
	fd = open(sink->path,
		  O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
		  0640);
	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
			(st.st_uid != geteuid() && geteuid() == 0))) {
		fd_close(fd);
		errno = EPERM;
		fd = -1;
	}
	return fd;
}

static void does_not_return
run_log(struct helper *helper, int control)
{
	const struct parent *parent = helper->parent;
	const struct serve *serve = parent->serve;
	int *fds = calloc(serve->n_sinks + 1, sizeof(*fds));

	if (!fds)
		_exit(1);
	for (size_t i = 0; i < serve->n_sinks; i++) {
		const struct service_sink *sink = serve->sinks[i];

		fds[i] = open_sink(sink);
		if (fds[i] < 0 && sink->path)
			parent_say(parent, LOG_ERR, "cannot write %s: %s", sink->path,
				   strerror(errno));
	}
	harden(helper, "gatehouse-log");
	logger_run(control, serve, fds);
}

static void does_not_return
run_resolver(struct helper *helper, int control)
{
	harden(helper, "gatehouse-resolve");
	resolver_run(control);
}

/* Their lives ---------------------------------------------------------------------------- */

static void
forget(struct helper *helper)
{
	if (helper->control.fd >= 0) {
		loop_watch(&helper->parent->loop, &helper->control, 0);
		fd_close(helper->control.fd);
	}
	helper->control.fd = -1;
	helper->pid = 0;
}

/* A helper has nothing to tell: what comes is its end, and the rest is done when it is reaped. */
static void
control_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct wire wire;
	int fds[WIRE_MAX_FDS], r;
	size_t n_fds;

	while ((r = wire_receive(watch->fd, &wire, fds, &n_fds)) > 0)
		while (n_fds)
			fd_close(fds[--n_fds]);
	if (r != -EAGAIN)
		loop_watch(loop, watch, 0);
}

static bool
begin(struct helper *helper)
{
	struct parent *parent = helper->parent;
	int pair[2];
	pid_t pid;

	if (wire_pair(pair) < 0)
		return false;
	pid = parent_fork(helper->name, &pair[1], 1);
	if (pid == 0)
		helper->run(helper, pair[1]);
	fd_close(pair[1]);
	if (pid < 0) {
		fd_close(pair[0]);
		return false;
	}
	helper->pid = pid;
	helper->life++;
	helper->since = parent->loop.now;
	helper->control.fd = pair[0];
	return loop_watch(&parent->loop, &helper->control, EPOLLIN) == 0;
}

/* No descriptors, no memory, no process: all who need an end get one a little later. */
static int
fail_for_now(struct helper *helper)
{
	if (!helper->again.at)
		loop_at(&helper->parent->loop, &helper->again,
			helper->parent->loop.now + LOOP_SECOND);
	return -1;
}

int
helper_client(struct helper *helper, const struct slot *slot)
{
	struct wire wire = {.kind = WIRE_CLIENT, .number = slot->number};
	int pair[2], r;

	if (helper->again.at || (!helper->pid && !begin(helper)) || wire_pair(pair) < 0)
		return fail_for_now(helper);
	strncpy(wire.text, slot->id, sizeof(wire.text) - 1);
	r = wire_send(helper->control.fd, &wire, &pair[1], 1);
	fd_close(pair[1]);
	if (r == 0)
		return pair[0];
	fd_close(pair[0]);
	return fail_for_now(helper);
}

static void
start_again(struct loop *loop, struct loop_timer *timer)
{
	struct helper *helper = OWNER_OF(timer, struct helper, again);

	workers_deliver(helper->parent, helper);
}

/* At once, then later and later while it keeps dying young. */
bool
helper_ended(struct parent *parent, pid_t pid, int status)
{
	struct helper *helper = pid == parent->log.pid        ? &parent->log
				: pid == parent->resolver.pid ? &parent->resolver
							      : NULL;
	int64_t now = parent->loop.now;

	if (!helper)
		return false;
	if (now - helper->since > BACKOFF_FORGET)
		helper->failures = 0;
	forget(helper);
	if (!parent->workers && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	parent_say(parent, LOG_WARNING, "the %s process ended with %s %d; a new one is started",
		   helper->name, WIFSIGNALED(status) ? "signal" : "status",
		   WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	loop_at(&parent->loop, &helper->again, now + backoff(helper->failures++) + 1);
	return true;
}

void
helper_retire(struct helper *helper)
{
	struct wire wire = {.kind = WIRE_QUIT};

	if (!helper->pid)
		return;
	/* Not read? Then its end of the pair says the same. */
	if (wire_send(helper->control.fd, &wire, NULL, 0) < 0)
		parent_say(helper->parent, LOG_WARNING, "the %s process does not listen",
			   helper->name);
	forget(helper);
}

int64_t
backoff(unsigned failures)
{
	static const int64_t ms[] = {0, 50, 200, 1000, 5000, 30000};

	return ms[failures < COUNT_OF(ms) ? failures : COUNT_OF(ms) - 1] * LOOP_MS;
}

static void
init(struct parent *parent, struct helper *helper, const char *name, uint32_t deliver,
     void (*run)(struct helper *, int) does_not_return)
{
	*helper = (struct helper){.name = name, .parent = parent, .deliver = deliver, .run = run};
	helper->control = (struct loop_watch){.fd = -1, .ready = control_ready};
	helper->again.due = start_again;
}

void
helpers_init(struct parent *parent)
{
	init(parent, &parent->log, "log", WIRE_LOG, run_log);
	init(parent, &parent->resolver, "resolver", WIRE_RESOLVER, run_resolver);
}
