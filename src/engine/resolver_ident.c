/*
 * Ident, RFC 1413: asks the client's machine on port 113 who has that connection. The machine is
 * the client's own, so nothing about it can be relied on: it may be silent, slow, or talk for ever.
 * Few questions at a time go to one host, and one that was silent is not asked again for a while,
 * so that it costs nobody but its own clients time, and those only once. All that is counted for
 * each worker alone: one that was taken over cannot make a host look silent, or busy, to others.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/resolver.h"
#include "net/sockaddr.h"

enum { PORT = 113, ANSWER_BYTES = 512, SILENT_HOSTS = 64 };
#define SILENT_TIME (60 * LOOP_SECOND)

struct ident {
	struct loop_watch watch;
	struct idents *idents;
	struct question *question;
	struct ident *next, **at;
	bool connected;
	size_t n;
	char answer[ANSWER_BYTES];
};

struct idents {
	struct loop *loop;
	struct ident *v;
	uint32_t n;
	struct {
		const struct client *client; /* whose question was not answered */
		struct net_addr addr;
		int64_t until;
	} silent[SILENT_HOSTS];
	unsigned next_silent;
};

struct idents *
idents_new(struct loop *loop)
{
	struct idents *idents = calloc(1, sizeof(*idents));

	if (!idents)
		err_no_memory();
	idents->loop = loop;
	return idents;
}

void
idents_free(struct idents *idents)
{
	free(idents);
}

static bool
is_silent(const struct idents *idents, const struct question *question)
{
	for (unsigned i = 0; i < SILENT_HOSTS; i++)
		if (idents->silent[i].until > idents->loop->now &&
		    idents->silent[i].client == question->client &&
		    net_addr_is(&idents->silent[i].addr, &question->ask.addr))
			return true;
	return false;
}

void
idents_orphan(struct idents *idents, const struct client *client)
{
	for (unsigned i = 0; i < SILENT_HOSTS; i++)
		if (idents->silent[i].client == client)
			idents->silent[i].until = 0;
}

void
idents_forget(struct question *question, bool timed_out)
{
	struct ident *ident = question->ident;
	struct idents *idents;

	if (!ident)
		return;
	idents = ident->idents;
	if (timed_out) {
		unsigned i = idents->next_silent++ % SILENT_HOSTS;

		idents->silent[i].client = question->client;
		idents->silent[i].addr = question->ask.addr;
		idents->silent[i].until = idents->loop->now + SILENT_TIME;
	}
	loop_watch(idents->loop, &ident->watch, 0);
	fd_close(ident->watch.fd);
	*ident->at = ident->next;
	if (ident->next)
		ident->next->at = ident->at;
	idents->n--;
	question->ident = NULL;
	free(ident);
}

/* From the address the client came to: ident answers for that pair of addresses only. */
static int
connect_ident(const struct ask *ask)
{
	const struct net_addr to = net_addr_unmap(&ask->addr), from = net_addr_unmap(&ask->local);
	int fd = socket(to.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
	struct sockaddr_storage sa;
	socklen_t size;

	if (fd < 0)
		return -1;
	if (from.family == AF_INET)
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
	size = net_sockaddr_of(&from, 0, &sa);
	if (from.family != to.family || bind(fd, (const struct sockaddr *)&sa, size) < 0)
		goto fail;
	size = net_sockaddr_of(&to, PORT, &sa);
	if (connect(fd, (const struct sockaddr *)&sa, size) < 0 && errno != EINPROGRESS)
		goto fail;
	return fd;
fail:
	fd_close(fd);
	return -1;
}

static const char *
ask_it(struct ident *ident)
{
	const struct ask *ask = &ident->question->ask;
	int error = 0, n;
	socklen_t size = sizeof(error);
	char text[32];

	if (getsockopt(ident->watch.fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 || error)
		return "no server";
	n = snprintf(text, sizeof(text), "%u,%u\r\n", ask->port, ask->local_port);
	if (send(ident->watch.fd, text, (size_t)n, MSG_NOSIGNAL) != n)
		return "system error";
	ident->connected = true;
	return loop_watch(ident->idents->loop, &ident->watch, EPOLLIN) < 0 ? "system error" : NULL;
}

/* NULL: the line has not ended yet. */
static const char *
hear_it(struct ident *ident)
{
	ssize_t n = recv(ident->watch.fd, ident->answer + ident->n,
			 sizeof(ident->answer) - ident->n, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return NULL;
	if (n <= 0)
		return "error while receiving response";
	ident->n += (size_t)n;
	if (memchr(ident->answer, '\n', ident->n))
		return "";
	return ident->n == sizeof(ident->answer) ? "bad response" : NULL;
}

static void
ident_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct ident *ident = OWNER_OF(watch, struct ident, watch);
	struct question *question = ident->question;
	const char *why = ident->connected ? hear_it(ident) : ask_it(ident);
	char user[256], system[32];
	const char *end;

	if (!why)
		return;
	if (*why) {
		question_unknown(question, false, why);
		return;
	}
	end = memchr(ident->answer, '\n', ident->n);
	if (stranger_ident(ident->answer, (size_t)(end - ident->answer), question->ask.port,
			   question->ask.local_port, user, system, &why))
		question_known(question, user, system);
	else
		question_unknown(question, false, why);
}

static const char *
why_not_ask(const struct idents *idents, const struct question *question)
{
	const struct ask *ask = &question->ask;
	uint32_t of_host = 0, of_client = 0;

	if (is_silent(idents, question))
		return "timeout";
	for (const struct ident *ident = idents->v; ident; ident = ident->next) {
		if (ident->question->client != question->client)
			continue;
		of_host += net_addr_is(&ident->question->ask.addr, &ask->addr);
		of_client++;
	}
	if (of_host >= LIMIT_IDENT_HOST || of_client >= LIMIT_IDENTS_CLIENT ||
	    idents->n >= LIMIT_IDENTS)
		return "too many questions at once";
	return NULL;
}

void
idents_ask(struct idents *idents, struct question *question)
{
	const char *why = why_not_ask(idents, question);
	struct ident *ident;
	int fd;

	if (why) {
		question_unknown(question, false, why);
		return;
	}
	fd = connect_ident(&question->ask);
	if (fd < 0) {
		question_unknown(question, false,
				 errno == ECONNREFUSED ? "no server" : "system error");
		return;
	}
	ident = calloc(1, sizeof(*ident));
	if (!ident)
		err_no_memory();
	ident->watch = (struct loop_watch){.fd = fd, .ready = ident_ready};
	ident->idents = idents;
	ident->question = question;
	ident->next = idents->v;
	ident->at = &idents->v;
	if (ident->next)
		ident->next->at = &ident->next;
	idents->v = ident;
	idents->n++;
	question->ident = ident;
	if (loop_watch(idents->loop, &ident->watch, EPOLLOUT) < 0)
		question_unknown(question, false, "system error");
}
