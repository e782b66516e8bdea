/*
 * Resolver process: answers workers' questions for names and users (ask.h). It has an account of
 * its own, so that a hostile answer of the network meets nothing worth having.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "engine/ask.h"
#include "engine/engine.h"
#include "engine/loop.h"
#include "engine/wire.h"

/* Questions of one client per turn: the others come next. */
enum { CLIENT_TURN = 16 };

struct client {
	struct loop_watch watch;
	struct resolver *resolver;
};

struct resolver {
	struct loop loop;
	struct loop_watch control;
	size_t n_clients;
	bool quit; /* no more clients will come */
};

static void
client_end(struct client *client)
{
	struct resolver *resolver = client->resolver;

	loop_watch(&resolver->loop, &client->watch, 0);
	fd_close(client->watch.fd);
	free(client);
	resolver->n_clients--;
	if (resolver->quit && !resolver->n_clients)
		resolver->loop.stop = true;
}

static void
answer(const struct client *client, const struct ask *ask)
{
	struct ask_answer answer = {.id = ask->id};

	snprintf(answer.text, sizeof(answer.text), "nobody was asked");
	send(client->watch.fd, &answer, sizeof(answer), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
client_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct client *client = OWNER_OF(watch, struct client, watch);

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
			answer(client, &ask);
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
	if (loop_open(&resolver.loop) < 0 ||
	    loop_watch(&resolver.loop, &resolver.control, EPOLLIN) < 0 ||
	    loop_run(&resolver.loop) < 0)
		_exit(1);
	_exit(0);
}
