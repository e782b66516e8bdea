/*
 * Log process: takes records from workers and writes lines to the services' sinks. It has an
 * account of its own, so a service can neither read nor change what was logged about it; a worker
 * speaks only for the service whose end it holds.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "engine/engine.h"
#include "engine/loop.h"
#include "engine/record.h"
#include "engine/wire.h"

/* Datagrams of one client per turn: the others come next. */
enum { CLIENT_TURN = 4 };

struct client {
	struct loop_watch watch;
	struct logger *logger;
	const struct service *service; /* NULL: the server itself, or one of another generation */
	char id[256];
};

struct logger {
	struct loop loop;
	struct loop_watch control;
	const struct serve *serve;
	const int *sink_fds;
	size_t n_clients;
	bool quit; /* no more clients will come */
	_Alignas(8) char datagram[sizeof(((struct record_out *)0)->bytes)];
};

static void
client_end(struct client *client)
{
	struct logger *logger = client->logger;

	loop_watch(&logger->loop, &client->watch, 0);
	fd_close(client->watch.fd);
	free(client);
	logger->n_clients--;
	if (logger->quit && !logger->n_clients)
		logger->loop.stop = true;
}

static int
sink_fd(const struct logger *logger, const struct client *client)
{
	const struct service_sink *sink =
		client->service ? client->service->sink : logger->serve->sink;

	if (!sink || sink->kind == SINK_STDERR)
		return STDERR_FILENO;
	for (size_t i = 0; i < logger->serve->n_sinks; i++)
		if (logger->serve->sinks[i] == sink)
			return logger->sink_fds[i];
	return -1;
}

static void
write_record(const struct logger *logger, const struct client *client, const struct record *record,
	     const char *text)
{
	static const char *const words[] = {"",       "START", "EXIT",  "FAIL",
					    "USERID", "NOTE",  "STDERR"};
	char line[RECORD_MAX + 512], addr[NET_ADDR_TEXT];
	int fd = sink_fd(logger, client), n;

	if (fd < 0)
		return;
	n = snprintf(line, sizeof(line), "%s: %s pid=%d from=%s %s%s\n", words[record->kind],
		     client->id, (int)record->pid, net_addr_text(&record->addr, addr),
		     record->kind == RECORD_FAIL ? refusal_xinetd(record->refusal) : "",
		     text ? text : "");
	if (write(fd, line, (size_t)n) < 0)
		return;
}

static void
client_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct client *client = OWNER_OF(watch, struct client, watch);
	struct logger *logger = client->logger;

	for (int i = 0; i < CLIENT_TURN; i++) {
		ssize_t n =
			recv(watch->fd, logger->datagram, sizeof(logger->datagram), MSG_DONTWAIT);
		struct record_in in = {logger->datagram, logger->datagram + (n > 0 ? n : 0)};
		const char *user, *rule_file, *text;
		const struct record *record;

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			client_end(client);
			return;
		}
		while ((record = record_next(&in, &user, &rule_file, &text)))
			write_record(logger, client, record, text);
	}
}

/* Ids are cut to what a message holds. */
static const struct service *
find_service(const struct serve *serve, const char *id)
{
	for (size_t i = 0; i < serve->n; i++)
		if (!strncmp(serve->v[i]->id, id, sizeof(((struct wire *)0)->text) - 1))
			return serve->v[i];
	return NULL;
}

static void
client_new(struct logger *logger, const struct wire *wire, int fd)
{
	struct client *client = calloc(1, sizeof(*client));

	if (!client)
		err_no_memory();
	client->watch = (struct loop_watch){.fd = fd, .ready = client_ready};
	client->logger = logger;
	client->service = find_service(logger->serve, wire->text);
	memcpy(client->id, wire->text, sizeof(client->id));
	logger->n_clients++;
	if (loop_watch(&logger->loop, &client->watch, EPOLLIN) < 0)
		client_end(client);
}

/* The parent has said, or shown by its end, that no more clients will come. */
static void
control_end(struct logger *logger)
{
	logger->quit = true;
	loop_watch(&logger->loop, &logger->control, 0);
	if (!logger->n_clients)
		logger->loop.stop = true;
}

static void
control_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct logger *logger = OWNER_OF(watch, struct logger, control);
	int fds[WIRE_MAX_FDS];
	struct wire wire;
	size_t n_fds;
	int r;

	while ((r = wire_receive(watch->fd, &wire, fds, &n_fds)) > 0) {
		if (wire.kind == WIRE_CLIENT && n_fds == 1) {
			client_new(logger, &wire, fds[0]);
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
		control_end(logger);
}

void
logger_run(int control, const struct serve *serve, const int *sink_fds)
{
	static struct logger logger;

	logger.serve = serve;
	logger.sink_fds = sink_fds;
	logger.control = (struct loop_watch){.fd = control, .ready = control_ready};
	if (loop_open(&logger.loop) < 0 || loop_watch(&logger.loop, &logger.control, EPOLLIN) < 0 ||
	    loop_run(&logger.loop) < 0)
		_exit(1);
	_exit(0);
}
