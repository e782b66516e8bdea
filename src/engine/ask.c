/*
 * Clients whose decision needs a fact that takes time: their name or ours, their user (RFC 1413),
 * a command's exit status (aclexec of hosts_options(5)). Nobody else waits for them. What is not
 * known when the moment is over is unknown, and unknown never opens.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "base/fd.h"
#include "engine/admission.h"
#include "engine/ask.h"
#include "engine/client.h"
#include "engine/session.h"

#define NAME_WAIT (15 * LOOP_SECOND)
#define USER_WAIT (35 * LOOP_SECOND) /* the resolver's own is xinetd's 30 s */
#define COMMAND_WAIT (10 * LOOP_SECOND)
#define SEND_AGAIN (20 * LOOP_MS)

enum { COMMANDS = 16, ANSWERS = 64 };

enum wanted { WANT_NAME, WANT_LOCAL_NAME, WANT_USER, WANT_COMMAND };

struct pending {
	struct session *s;
	struct access_client client;
	enum wanted wanted;
	bool sent;
	uint32_t id, commands;
	uint32_t generation; /* of the rules the command belongs to */
	pid_t command;
	struct loop_timer deadline;
	char name[256], local_name[256], user[256];
};

struct asker {
	struct pending **table; /* by the low half of their id */
	uint32_t cap, serial;
	uint32_t unsent;
	bool asked_for_one; /* the parent was told that there is no resolver */
	struct loop_timer again;
};

static void decide(struct worker *w, struct pending *p);

/* The question is answered, or not of interest any more. */
static void
stop_asking(struct worker *w, struct pending *p)
{
	if (!p->sent)
		w->asker->unsent--;
	p->sent = true;
	loop_at(&w->loop, &p->deadline, 0);
}

static void
forget(struct worker *w, struct pending *p)
{
	stop_asking(w, p);
	w->asker->table[p->id & 0xffff] = NULL;
	free(p);
}

static void
kill_command(const struct pending *p)
{
	if (kill(-p->command, SIGKILL) < 0)
		kill(p->command, SIGKILL);
}

static const char *
keep_text(char *to, size_t size, const char *text)
{
	size_t n = strnlen(text, size - 1);

	memcpy(to, text, n);
	to[n] = '\0';
	return to;
}

static struct ask
question(const struct pending *p)
{
	const struct peer *peer = &p->s->peer;
	struct ask ask = {
		.id = p->id,
		.kind = p->wanted == WANT_USER ? ASK_USER : ASK_NAME,
		.addr = p->wanted == WANT_LOCAL_NAME ? peer->local : peer->addr,
		.local = peer->local,
		.port = peer->port,
		.local_port = peer->local_port,
	};

	return ask;
}

static void
send_question(struct worker *w, struct pending *p)
{
	struct ask ask = question(p);

	if (w->resolver.fd < 0 ||
	    send(w->resolver.fd, &ask, sizeof(ask), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return;
	p->sent = true;
	w->asker->unsent--;
}

static void
send_all(struct worker *w)
{
	struct asker *asker = w->asker;
	struct wire wire = {.kind = WIRE_ASK_RESOLVER};

	for (uint32_t i = 0; i < asker->cap && asker->unsent; i++) {
		struct pending *p = asker->table[i];

		if (p && !p->sent)
			send_question(w, p);
	}
	if (!asker->unsent)
		return;
	if (w->resolver.fd >= 0)
		loop_at(&w->loop, &asker->again, w->loop.now + SEND_AGAIN);
	else if (!asker->asked_for_one && worker_tell(w, &wire, NULL, 0) == 0)
		asker->asked_for_one = true;
}

static void
again_due(struct loop *loop, struct loop_timer *timer)
{
	send_all(worker_of(loop));
}

bool
ask_cancel(struct worker *w, const struct session *s)
{
	for (uint32_t i = 0; i < w->asker->cap; i++) {
		struct pending *p = w->asker->table[i];

		if (!p || p->s != s)
			continue;
		if (p->wanted == WANT_COMMAND && p->command)
			kill_command(p);
		forget(w, p);
		return true;
	}
	return false;
}

/* The fact asked for; NULL: there is none, and why. Of a user that is known why is the system. */
static void
learn(struct worker *w, struct pending *p, const char *text, bool liar, const char *why)
{
	struct access_client *c = &p->client;
	enum access_fact is = text ? ACCESS_KNOWN : ACCESS_UNKNOWN;

	stop_asking(w, p);
	switch (p->wanted) {
	case WANT_NAME:
		c->name_is = is;
		c->liar = liar;
		c->name = text ? keep_text(p->name, sizeof(p->name), text) : NULL;
		break;
	case WANT_LOCAL_NAME:
		c->local_name_is = is;
		c->local_name = text ? keep_text(p->local_name, sizeof(p->local_name), text) : NULL;
		break;
	case WANT_USER:
		c->user_is = is;
		c->user = text ? keep_text(p->user, sizeof(p->user), text) : NULL;
		keep_text(p->s->user, sizeof(p->s->user), text ? text : "");
		if (w->service->ask_user)
			session_userid(w, p->s, why);
		break;
	case WANT_COMMAND:
		break; /* ask_reaped() */
	}
}

static void
deadline_due(struct loop *loop, struct loop_timer *timer)
{
	struct pending *p = OWNER_OF(timer, struct pending, deadline);
	struct worker *w = worker_of(loop);

	if (p->wanted == WANT_COMMAND) {
		kill_command(p); /* its end comes with SIGCHLD, and counts as a failure */
		return;
	}
	learn(w, p, NULL, false, "no answer in time");
	decide(w, p);
}

static bool
start_asking(struct worker *w, struct pending *p, enum wanted wanted)
{
	int64_t wait = wanted == WANT_USER ? USER_WAIT : NAME_WAIT;

	p->wanted = wanted;
	p->sent = false;
	p->id = ++w->asker->serial << 16 | (p->id & 0xffff);
	loop_at(&w->loop, &p->deadline, w->loop.now + wait);
	w->asker->unsent++;
	send_all(w);
	return true;
}

static bool
start_command(struct worker *w, struct pending *p, const struct access_verdict *verdict)
{
	if (p->commands++ >= COMMANDS)
		return false;
	p->command = options_command(w, verdict->command, &p->client);
	if (p->command < 0)
		return false;
	p->wanted = WANT_COMMAND;
	p->client.ran_is = ACCESS_UNASKED;
	p->client.ran_rule = verdict->rule;
	p->generation = admission_generation(w);
	loop_at(&w->loop, &p->deadline, w->loop.now + COMMAND_WAIT);
	return true;
}

/* Must its user be known, be it for the log alone? */
static bool
wants_user(const struct worker *w, const struct access_client *client,
	   const struct access_verdict *verdict)
{
	unsigned says =
		verdict->answer == ACCESS_ALLOW ? w->service->log_success : w->service->log_failure;

	if (client->user_is != ACCESS_UNASKED || !client->addr.family)
		return false;
	for (uint32_t i = 0; i < verdict->n_actions; i++)
		if (verdict->actions[i].kind == ACTION_RFC931)
			return true;
	return w->service->ask_user && says & SERVICE_LOG_USERID;
}

/* Asks for what the verdict needs and is not known to be unknown; false: nothing is asked. */
static bool
ask_next(struct worker *w, struct pending *p, const struct access_verdict *verdict)
{
	const struct access_client *c = &p->client;

	switch (verdict->answer) {
	case ACCESS_NEED_NAME:
		return c->name_is == ACCESS_UNASKED && start_asking(w, p, WANT_NAME);
	case ACCESS_NEED_LOCAL_NAME:
		return c->local_name_is == ACCESS_UNASKED && start_asking(w, p, WANT_LOCAL_NAME);
	case ACCESS_NEED_USER:
		return c->user_is == ACCESS_UNASKED && start_asking(w, p, WANT_USER);
	case ACCESS_NEED_COMMAND:
		return start_command(w, p, verdict);
	default:
		return wants_user(w, c, verdict) && start_asking(w, p, WANT_USER);
	}
}

static void
decide(struct worker *w, struct pending *p)
{
	struct access_verdict verdict;

	(void)!admission_is_current(w);
	if (p->generation != admission_generation(w))
		p->client.ran_is = ACCESS_UNASKED;
	admission_rules(w, &p->client, &verdict);
	if (ask_next(w, p, &verdict))
		return;
	client_decided(w, p->s, &p->client, &verdict);
	forget(w, p);
}

static bool
table_room(struct asker *asker, uint32_t *ret)
{
	struct pending **table;
	uint32_t cap = asker->cap ? asker->cap * 2 : 64;

	for (uint32_t i = 0; i < asker->cap; i++) {
		*ret = (asker->serial + i) % asker->cap;
		if (!asker->table[*ret])
			return true;
	}
	if (cap > BOOK_SESSIONS)
		return false;
	table = calloc(cap, sizeof(struct pending *));
	if (!table)
		return false;
	if (asker->cap)
		memcpy(table, asker->table, asker->cap * sizeof(struct pending *));
	free(asker->table);
	*ret = asker->cap;
	asker->table = table;
	asker->cap = cap;
	return true;
}

/* An unspoken need. */
static bool
needs(const struct worker *w, const struct access_client *client,
      const struct access_verdict *verdict)
{
	return (verdict->answer != ACCESS_ALLOW && verdict->answer != ACCESS_DENY) ||
	       wants_user(w, client, verdict);
}

bool
ask_for(struct worker *w, struct session *s, const struct access_client *client,
	const struct access_verdict *verdict)
{
	struct pending *p;
	uint32_t at;

	if (!needs(w, client, verdict))
		return false;
	if (!table_room(w->asker, &at) || !(p = calloc(1, sizeof(*p))))
		return false; /* and so it is refused: what is needed is not known */
	p->id = at;
	p->s = s;
	p->sent = true;
	p->client = *client;
	p->deadline.due = deadline_due;
	w->asker->table[at] = p;
	if (ask_next(w, p, verdict))
		return true;
	forget(w, p);
	return false;
}

void
ask_reaped(struct worker *w, pid_t pid, int status)
{
	for (uint32_t i = 0; i < w->asker->cap; i++) {
		struct pending *p = w->asker->table[i];

		if (!p || p->wanted != WANT_COMMAND || p->command != pid)
			continue;
		p->client.ran_is = WIFEXITED(status) ? ACCESS_KNOWN : ACCESS_UNKNOWN;
		p->client.ran_status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
		p->command = 0;
		stop_asking(w, p);
		decide(w, p);
		return;
	}
}

static void
take_answer(struct worker *w, struct ask_answer *answer)
{
	uint32_t at = answer->id & 0xffff;
	struct pending *p = at < w->asker->cap ? w->asker->table[at] : NULL;

	answer->text[sizeof(answer->text) - 1] = '\0';
	if (!p || p->id != answer->id || p->wanted == WANT_COMMAND || !p->sent)
		return;
	answer->system[sizeof(answer->system) - 1] = '\0';
	if (answer->known && answer->text[0])
		learn(w, p, answer->text, false, answer->system);
	else
		learn(w, p, NULL, answer->liar, answer->text);
	decide(w, p);
}

static void
resolver_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker *w = worker_of(loop);
	struct ask_answer answer;

	for (int i = 0; i < ANSWERS; i++) {
		ssize_t n = recv(watch->fd, &answer, sizeof(answer), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n == sizeof(answer)) {
			take_answer(w, &answer);
			continue;
		}
		if (n <= 0) {
			ask_resolver(w, -1);
			return;
		}
	}
}

/* What the one before did not answer is asked again. */
void
ask_resolver(struct worker *w, int fd)
{
	struct asker *asker = w->asker;

	if (w->resolver.fd >= 0) {
		loop_watch(&w->loop, &w->resolver, 0);
		fd_close(w->resolver.fd);
	}
	w->resolver.fd = fd;
	w->resolver.ready = resolver_ready;
	asker->asked_for_one = false;
	if (fd >= 0 && loop_watch(&w->loop, &w->resolver, EPOLLIN) < 0)
		w->resolver.fd = -1;
	for (uint32_t i = 0; i < asker->cap; i++) {
		struct pending *p = asker->table[i];

		if (p && p->sent && p->wanted != WANT_COMMAND) {
			p->sent = false;
			asker->unsent++;
		}
	}
	send_all(w);
}

int
asker_open(struct worker *w)
{
	int fd = w->resolver.fd;

	w->asker = calloc(1, sizeof(*w->asker));
	if (!w->asker)
		return -ENOMEM;
	w->asker->again.due = again_due;
	w->resolver.fd = -1;
	if (fd >= 0)
		ask_resolver(w, fd);
	return 0;
}
