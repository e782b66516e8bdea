/*
 * Log process: takes records from workers and writes lines to the services' sinks. It has an
 * account of its own, so a service can neither read nor change what was logged about it; a worker
 * speaks only for the service whose end it holds, and what it says is believed only as that
 * service's. Clients take turns; whatever one may make unlimited use of has a limit per window.
 */
#include "engine/logger.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/limits.h"
#include "engine/engine.h"
#include "engine/wire.h"

/* Datagrams of one client per turn: the others come next. */
enum { CLIENT_TURN = 4 };

struct client {
	struct loop_watch watch;
	struct logger *logger;
	const struct service *service; /* NULL: the server itself, or one of another generation */
	struct log_sink *sink;
	uint32_t notes; /* lines of notes and standard error in this window */
	uint64_t notes_suppressed;
	int64_t notes_ends;
	bool said_malformed;
	struct client *next, **at; /* of all */
	char id[sizeof(((struct wire *)0)->text)];
};

struct logger {
	struct loop loop;
	struct loop_watch control;
	const struct serve *serve;
	struct log_sink *sinks; /* as serve->sinks, and behind them the one of last resort */
	struct log_sink *dirty;
	struct client *clients;
	struct flood flood;
	struct loop_timer window; /* the next end of a window with something to tell */
	bool quit;                /* no more clients will come */
	_Alignas(8) char datagram[sizeof(((struct record_out *)0)->bytes)];
};

/* How far a record's time may be from ours: a worker waits some milliseconds before it sends. */
#define TIME_BACK (60 * LOOP_SECOND)
#define TIME_AHEAD LOOP_SECOND

static struct log_sink *
sink_of(struct logger *logger, const struct service_sink *is)
{
	size_t i = 0;

	while (i < logger->serve->n_sinks && logger->serve->sinks[i] != is)
		i++;
	return &logger->sinks[i];
}

static void
put_event(struct logger *logger, struct log_sink *sink, const struct log_event *event)
{
	sink_put(sink, event);
	if (sink->dirty)
		return;
	sink->dirty = true;
	sink->next_dirty = logger->dirty;
	logger->dirty = sink;
}

static void
put_note(struct logger *logger, struct log_sink *sink, const char *id, int priority,
	 const char *text)
{
	struct record record = {.kind = RECORD_NOTE, .priority = (uint8_t)priority};
	struct log_event event = {.what = LOG_NOTE_LINE,
				  .record = &record,
				  .id = id,
				  .text = text,
				  .time = loop_date()};

	put_event(logger, sink, &event);
}

void
logger_say(struct logger *logger, const struct log_sink *about, int priority, const char *text)
{
	struct log_sink *sink = sink_of(logger, logger->serve->sink);

	if (sink != about)
		put_note(logger, sink, "", priority, text);
}

/* --- windows */

static void sweep(struct logger *logger, struct client *only);

static void
window_due(struct loop *loop, struct loop_timer *timer)
{
	sweep(OWNER_OF(timer, struct logger, window), NULL);
}

static void
come_again(struct logger *logger, int64_t at)
{
	if (!logger->window.at || at < logger->window.at)
		loop_at(&logger->loop, &logger->window, at);
}

static struct log_event
event_of(const struct client *client, const struct record *record)
{
	struct log_event event = {.record = record, .id = client->id, .service = client->service};
	int64_t now = loop_date();

	event.time = record->time;
	if (record->time < now - TIME_BACK || record->time > now + TIME_AHEAD)
		event.time = now;
	return event;
}

static unsigned
success_flags(const struct client *client)
{
	return client->service ? client->service->log_success
			       : SERVICE_LOG_PID | SERVICE_LOG_HOST | SERVICE_LOG_EXIT |
					 SERVICE_LOG_DURATION;
}

static unsigned
failure_flags(const struct client *client)
{
	return client->service ? client->service->log_failure : SERVICE_LOG_HOST;
}

static void
tell_suppressed(void *data, const struct flood_cell *cell)
{
	struct client *client = (struct client *)(uintptr_t)cell->client;
	struct log_event event = event_of(client, &cell->last);

	event.what = LOG_FAIL_LINE;
	event.time = loop_date();
	event.flags = failure_flags(client);
	event.suppressed = cell->suppressed;
	event.any_source = cell->any_source;
	event.window_s = LIMIT_LOG_WINDOW;
	put_event(data, client->sink, &event);
}

static void
tell_notes(struct client *client)
{
	char text[96];

	if (client->notes_suppressed) {
		snprintf(text, sizeof(text), "%llu lines more in %u seconds were not written",
			 (unsigned long long)client->notes_suppressed, LIMIT_LOG_WINDOW);
		put_note(client->logger, client->sink, client->id, LOG_WARNING, text);
	}
	client->notes = 0;
	client->notes_suppressed = 0;
	client->notes_ends = 0;
}

/* Ends the windows that are over, or those of a client that goes. */
static void
sweep(struct logger *logger, struct client *only)
{
	int64_t next = flood_sweep(&logger->flood, only, logger->loop.now, tell_suppressed, logger);

	for (struct client *client = logger->clients; client; client = client->next) {
		if (!client->notes_ends)
			continue;
		if (only ? client == only : client->notes_ends <= logger->loop.now)
			tell_notes(client);
		else if (!next || client->notes_ends < next)
			next = client->notes_ends;
	}
	loop_at(&logger->loop, &logger->window, next);
}

static bool
note_pass(struct client *client)
{
	if (!client->notes_ends)
		client->notes_ends = client->logger->loop.now + LIMIT_LOG_WINDOW * LOOP_SECOND;
	come_again(client->logger, client->notes_ends);
	if (client->notes++ < LIMIT_LOG_NOTES)
		return true;
	client->notes_suppressed++;
	return false;
}

static bool
fail_pass(struct client *client, const struct record *record)
{
	const struct service *service = client->service;
	struct logger *logger = client->logger;

	come_again(logger, logger->loop.now + LIMIT_LOG_WINDOW * LOOP_SECOND);
	return flood_pass(&logger->flood, client, record, service ? service->limits.v4_bits : 32,
			  service ? service->limits.v6_bits : 64, logger->loop.now);
}

/* --- records */

static void
write_record(struct client *client, struct log_event *event)
{
	const struct record *record = event->record;

	event->flags = success_flags(client);
	switch (record->kind) {
	case RECORD_START:
		event->what = LOG_START_LINE;
		if (!event->flags)
			return;
		break;
	case RECORD_EXIT:
		event->what = LOG_TRAFFIC_LINE;
		if (event->flags & SERVICE_LOG_TRAFFIC && record->flags & RECORD_HAS_TRAFFIC)
			put_event(client->logger, client->sink, event);
		event->what = LOG_EXIT_LINE;
		if (!(event->flags & (SERVICE_LOG_EXIT | SERVICE_LOG_DURATION)))
			return;
		break;
	case RECORD_FAIL:
		event->what = LOG_FAIL_LINE;
		event->flags = failure_flags(client);
		if (!event->flags || !fail_pass(client, record))
			return;
		break;
	case RECORD_USERID:
		event->what = event->user && event->user[0] ? LOG_USERID_LINE : LOG_NOID_LINE;
		event->flags |= failure_flags(client);
		if (!(event->flags & SERVICE_LOG_USERID))
			return;
		break;
	default:
		event->what = record->kind == RECORD_STDERR ? LOG_STDERR_LINE : LOG_NOTE_LINE;
		if (!note_pass(client))
			return;
	}
	put_event(client->logger, client->sink, event);
}

static void
take_datagram(struct client *client, const char *bytes, size_t n)
{
	struct record_in in = {bytes, bytes + n};
	const char *user, *rule_file, *text;
	const struct record *record;
	size_t taken = 0;

	while ((record = record_next(&in, &user, &rule_file, &text))) {
		struct log_event event = event_of(client, record);

		event.user = user;
		event.rule_file = rule_file;
		event.text = text;
		taken += record->size;
		write_record(client, &event);
	}
	if (taken == n || client->said_malformed)
		return;
	client->said_malformed = true;
	put_note(client->logger, client->sink, client->id, LOG_ERR,
		 "the worker sent a malformed record, which was dropped");
}

/* --- clients */

static void
client_end(struct client *client)
{
	struct logger *logger = client->logger;

	sweep(logger, client);
	loop_watch(&logger->loop, &client->watch, 0);
	fd_close(client->watch.fd);
	*client->at = client->next;
	if (client->next)
		client->next->at = client->at;
	free(client);
	if (logger->quit && !logger->clients)
		logger->loop.stop = true;
}

static void
client_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct client *client = OWNER_OF(watch, struct client, watch);
	struct logger *logger = client->logger;

	for (int i = 0; i < CLIENT_TURN; i++) {
		ssize_t n =
			recv(watch->fd, logger->datagram, sizeof(logger->datagram), MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			client_end(client);
			return;
		}
		take_datagram(client, logger->datagram, (size_t)n);
	}
}

/* Ids are cut to what a message holds. */
static const struct service *
find_service(const struct serve *serve, const char *id)
{
	for (size_t i = 0; i < serve->n && id[0]; i++)
		if (!strncmp(serve->v[i]->id, id, sizeof(((struct wire *)0)->text) - 1))
			return serve->v[i];
	return NULL;
}

static void
client_new(struct logger *logger, const struct wire *wire, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	const struct service *service = find_service(logger->serve, wire->text);

	if (!client)
		err_no_memory();
	client->watch = (struct loop_watch){.fd = fd, .ready = client_ready};
	client->logger = logger;
	client->service = service;
	client->sink =
		sink_of(logger, service && service->sink ? service->sink : logger->serve->sink);
	memcpy(client->id, wire->text, sizeof(client->id));
	client->next = logger->clients;
	client->at = &logger->clients;
	if (client->next)
		client->next->at = &client->next;
	logger->clients = client;
	if (loop_watch(&logger->loop, &client->watch, EPOLLIN) < 0)
		client_end(client);
}

/* The parent has said, or shown by its end, that no more clients will come. */
static void
control_end(struct logger *logger)
{
	logger->quit = true;
	loop_watch(&logger->loop, &logger->control, 0);
	if (!logger->clients)
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

/* --- the process */

static void
flush(struct log_sink *sink)
{
	if (!sink_flush(sink))
		loop_at(&sink->logger->loop, &sink->retry, sink->logger->loop.now + LOOP_SECOND);
}

static void
retry_due(struct loop *loop, struct loop_timer *timer)
{
	flush(OWNER_OF(timer, struct log_sink, retry));
}

/* What came in one turn is written at once. */
static void
flush_dirty(struct loop *loop)
{
	struct logger *logger = loop->owner;

	while (logger->dirty) {
		struct log_sink *sink = logger->dirty;

		logger->dirty = sink->next_dirty;
		sink->dirty = false;
		flush(sink);
	}
}

static void
open_sinks(struct logger *logger, const int *fds)
{
	static const struct service_sink last_resort = {.kind = SINK_STDERR};
	size_t n = logger->serve->n_sinks;

	logger->sinks = calloc(n + 1, sizeof(*logger->sinks));
	if (!logger->sinks)
		err_no_memory();
	for (size_t i = 0; i <= n; i++) {
		logger->sinks[i].logger = logger;
		logger->sinks[i].retry.due = retry_due;
		sink_open(&logger->sinks[i], i < n ? logger->serve->sinks[i] : &last_resort,
			  i < n ? fds[i] : -1);
	}
}

void
logger_run(int control, const struct serve *serve, const int *sink_fds)
{
	static struct logger logger;

	logger.serve = serve;
	logger.control = (struct loop_watch){.fd = control, .ready = control_ready};
	logger.window.due = window_due;
	logger.loop.rest = flush_dirty;
	logger.loop.owner = &logger;
	open_sinks(&logger, sink_fds);
	if (loop_open(&logger.loop) < 0 || loop_watch(&logger.loop, &logger.control, EPOLLIN) < 0 ||
	    loop_run(&logger.loop) < 0)
		_exit(1);
	flush_dirty(&logger.loop);
	for (size_t i = 0; i <= serve->n_sinks; i++)
		sink_close(&logger.sinks[i]);
	_exit(0);
}
