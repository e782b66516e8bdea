/*
 * Resolver process: answers workers' questions for names and users (ask.h). It has an account of
 * its own and needs no rights: sockets, and to read /etc/resolv.conf and /etc/hosts. A hostile
 * answer of the network meets nothing worth having here. Each question has a deadline, after which
 * its answer is "unknown" whatever still comes; each worker may have so many under way.
 */
#include "engine/resolver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/engine.h"
#include "engine/wire.h"

/* Questions of one client per turn: the others come next. */
enum { CLIENT_TURN = 16 };

struct client {
	struct loop_watch watch;
	struct resolver *resolver;
	struct question *questions;
	uint32_t n_questions, n_lookups;
	struct ask_answer *unsent; /* the worker does not read as fast as answers come */
	size_t n_unsent, cap_unsent;
};

struct resolver {
	struct loop loop;
	struct loop_watch control;
	struct names *names;
	struct idents *idents;
	size_t n_clients;
	bool quit; /* no more clients will come */
};

uint32_t *
client_lookups(struct client *client)
{
	return &client->n_lookups;
}

/* --- answers */

/*
 * Nothing is read of a client before it has read its answers, so that no more than those to
 * LIMIT_QUESTIONS and one turn's refusals can wait here.
 */
static void
keep_answer(struct client *client, const struct ask_answer *answer)
{
	if (client->n_unsent == client->cap_unsent) {
		client->cap_unsent = client->cap_unsent ? client->cap_unsent * 2 : 16;
		client->unsent =
			reallocarray(client->unsent, client->cap_unsent, sizeof(*client->unsent));
		if (!client->unsent)
			err_no_memory();
	}
	client->unsent[client->n_unsent++] = *answer;
	if (loop_watch(&client->resolver->loop, &client->watch, EPOLLOUT) < 0)
		client->n_unsent = 0; /* its own deadlines tell the worker */
}

static bool
try_answer(const struct client *client, const struct ask_answer *answer)
{
	return send(client->watch.fd, answer, sizeof(*answer), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
	       (errno != EAGAIN && errno != ENOBUFS && errno != EINTR);
}

static void
send_answer(struct client *client, const struct ask_answer *answer)
{
	if (client->n_unsent || !try_answer(client, answer))
		keep_answer(client, answer);
}

static void
send_unsent(struct client *client)
{
	size_t n = 0;

	while (n < client->n_unsent && try_answer(client, &client->unsent[n]))
		n++;
	client->n_unsent -= n;
	memmove(client->unsent, client->unsent + n, client->n_unsent * sizeof(*client->unsent));
	if (client->n_unsent)
		return;
	free(client->unsent);
	client->unsent = NULL;
	client->cap_unsent = 0;
	if (loop_watch(&client->resolver->loop, &client->watch, EPOLLIN) < 0)
		client->resolver->loop.stop = true; /* the parent starts another */
}

static void
question_free(struct question *question)
{
	names_forget(question);
	idents_forget(question, false);
	loop_at(&question->client->resolver->loop, &question->deadline, 0);
	*question->at = question->next;
	if (question->next)
		question->next->at = question->at;
	question->client->n_questions--;
	free(question);
}

static void
copy(char *ret, size_t size, const char *text)
{
	memcpy(ret, text, strnlen(text, size - 1));
}

void
question_known(struct question *question, const char *text, const char *system)
{
	struct ask_answer answer = {.id = question->ask.id, .known = 1};

	copy(answer.text, sizeof(answer.text), text);
	copy(answer.system, sizeof(answer.system), system);
	send_answer(question->client, &answer);
	question_free(question);
}

void
question_unknown(struct question *question, bool liar, const char *why)
{
	struct ask_answer answer = {.id = question->ask.id, .liar = liar};

	copy(answer.text, sizeof(answer.text), why);
	send_answer(question->client, &answer);
	question_free(question);
}

static void
deadline_due(struct loop *loop, struct loop_timer *timer)
{
	struct question *question = OWNER_OF(timer, struct question, deadline);

	idents_forget(question, true);
	question_unknown(question, question->in_doubt, "timeout");
}

/* --- questions */

static int64_t
wait_of(const struct ask *ask)
{
	uint32_t ms = ask->wait_ms;

	if (!ms)
		ms = ask->kind == ASK_NAME ? LIMIT_NAME_WAIT_MS : LIMIT_IDENT_WAIT_MS;
	return (ms < LIMIT_ASK_WAIT_MS ? ms : LIMIT_ASK_WAIT_MS) * LOOP_MS;
}

static bool
is_sane(const struct ask *ask)
{
	return (ask->kind == ASK_NAME || ask->kind == ASK_USER) &&
	       (ask->addr.family == AF_INET || ask->addr.family == AF_INET6) &&
	       (ask->kind == ASK_NAME || ask->local.family == AF_INET ||
		ask->local.family == AF_INET6);
}

static void
question_new(struct client *client, const struct ask *ask)
{
	struct resolver *resolver = client->resolver;
	struct ask_answer refused = {.id = ask->id, .text = "too many questions at once"};
	struct question *question;

	if (!is_sane(ask) || client->n_questions >= LIMIT_QUESTIONS) {
		send_answer(client, &refused);
		return;
	}
	question = calloc(1, sizeof(*question));
	if (!question)
		err_no_memory();
	question->client = client;
	question->ask = *ask;
	question->deadline.due = deadline_due;
	question->next = client->questions;
	question->at = &client->questions;
	if (question->next)
		question->next->at = &question->next;
	client->questions = question;
	client->n_questions++;
	loop_at(&resolver->loop, &question->deadline, resolver->loop.now + wait_of(ask));
	if (ask->kind == ASK_NAME)
		names_ask(resolver->names, question);
	else
		idents_ask(resolver->idents, question);
}

/* --- clients */

static void
client_end(struct client *client)
{
	struct resolver *resolver = client->resolver;

	while (client->questions)
		question_free(client->questions);
	names_orphan(resolver->names, client);
	idents_orphan(resolver->idents, client);
	loop_watch(&resolver->loop, &client->watch, 0);
	fd_close(client->watch.fd);
	free(client->unsent);
	free(client);
	resolver->n_clients--;
	if (resolver->quit && !resolver->n_clients)
		resolver->loop.stop = true;
}

static void
client_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct client *client = OWNER_OF(watch, struct client, watch);

	if (client->n_unsent && !(events & EPOLLHUP)) {
		send_unsent(client);
		return;
	}
	for (int i = 0; i < CLIENT_TURN; i++) {
		struct ask ask;
		ssize_t n = recv(watch->fd, &ask, sizeof(ask), MSG_DONTWAIT | MSG_TRUNC);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			client_end(client);
			return;
		}
		if (n == sizeof(ask))
			question_new(client, &ask);
	}
}

static void
client_new(struct resolver *resolver, int fd)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		err_no_memory();
	client->watch = (struct loop_watch){.fd = fd, .ready = client_ready};
	client->resolver = resolver;
	resolver->n_clients++;
	if (loop_watch(&resolver->loop, &client->watch, EPOLLIN) < 0)
		client_end(client);
}

/* The parent has said, or shown by its end, that no more clients will come. */
static void
control_end(struct resolver *resolver)
{
	resolver->quit = true;
	loop_watch(&resolver->loop, &resolver->control, 0);
	if (!resolver->n_clients)
		resolver->loop.stop = true;
}

static void
control_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct resolver *resolver = OWNER_OF(watch, struct resolver, control);
	int fds[WIRE_MAX_FDS];
	struct wire wire;
	size_t n_fds;
	int r;

	while ((r = wire_receive(watch->fd, &wire, fds, &n_fds)) > 0) {
		if (wire.kind == WIRE_CLIENT && n_fds == 1) {
			client_new(resolver, fds[0]);
			continue;
		}
		while (n_fds)
			fd_close(fds[--n_fds]);
		if (wire.kind == WIRE_QUIT)
			r = 0;
		if (!r)
			break;
	}
	if (r != -EAGAIN && r != -EINTR)
		control_end(resolver);
}

void
resolver_run(int control)
{
	static struct resolver resolver;

	resolver.control = (struct loop_watch){.fd = control, .ready = control_ready};
	resolver.names = names_new(&resolver.loop);
	resolver.idents = idents_new(&resolver.loop);
	if (loop_open(&resolver.loop) < 0 ||
	    loop_watch(&resolver.loop, &resolver.control, EPOLLIN) < 0 ||
	    loop_run(&resolver.loop) < 0)
		_exit(1);
	names_free(resolver.names);
	idents_free(resolver.idents);
	_exit(0);
}
