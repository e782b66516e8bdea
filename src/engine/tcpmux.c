/*
 * Tcpmux: RFC 1078. The client's first line names a service (case does not matter) or asks for
 * "help"; the connection then goes to that service's own worker, by way of the parent, so that its
 * account, limits and access rules hold (CVE-2013-4342). That one answers "+" once they do, or "-"
 * and why. Only services that were written as tcpmux/... can be reached (CVE-2012-0862).
 *
 * Not a byte behind the line is read: it belongs to the service.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <syslog.h>

#include "base/err.h"
#include "engine/worker.h"

enum { LINE = 256, ROOM = 4096 };
#define LINE_WAIT (10 * LOOP_SECOND)

struct caller {
	struct session *session;
	struct loop_timer timer;
	size_t n;
	char line[LINE];
};

static void
over(struct worker *w, struct caller *caller, enum record_end why)
{
	struct session *s = caller->session;

	loop_at(&w->loop, &caller->timer, 0);
	loop_watch(&w->loop, &s->watch, 0);
	s->own = NULL;
	free(caller);
	session_over(w, s, &(struct session_end){.end = why});
}

/* A short answer to a fresh connection always fits; to one that takes none it does not matter. */
static void
say(struct session *s, const char *text, size_t n)
{
	ssize_t sent = send(s->fd, text, n, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (sent > 0)
		s->bytes_out += (uint64_t)sent;
}

static void
refuse(struct worker *w, struct caller *caller, const char *text)
{
	char room[ROOM];
	ssize_t n;

	say(caller->session, text, strlen(text));
	shutdown(caller->session->fd, SHUT_WR);
	n = recv(caller->session->fd, room, sizeof(room), MSG_DONTWAIT); /* a close, no reset */
	if (n > 0)
		caller->session->bytes_in += (uint64_t)n;
	over(w, caller, RECORD_ENDED_SELF);
}

static void
help(struct worker *w, struct caller *caller)
{
	for (size_t i = 0; i < w->serve->n; i++) {
		const struct service *service = w->serve->v[i];

		if (!service->muxed)
			continue;
		say(caller->session, service->name, strlen(service->name));
		say(caller->session, "\r\n", 2);
	}
	refuse(w, caller, "");
}

static const struct service *
find(const struct worker *w, const char *name)
{
	for (size_t i = 0; i < w->serve->n; i++)
		if (w->serve->v[i]->muxed && strcasecmp(w->serve->v[i]->name, name) == 0)
			return w->serve->v[i];
	return NULL;
}

static void
hand_over(struct worker *w, struct caller *caller, const struct service *to)
{
	struct wire wire = {.kind = WIRE_MUX};
	struct session *s = caller->session;

	if (strlen(to->name) >= sizeof(wire.text)) {
		refuse(w, caller, "-Service not available\r\n");
		return;
	}
	memcpy(wire.text, to->name, strlen(to->name) + 1);
	loop_watch(&w->loop, &s->watch, 0);
	/* A program waits for its client; the flag belongs to the connection, not to our
	 * descriptor. */
	if (fcntl(s->fd, F_SETFL, O_RDWR) < 0 || worker_tell(w, &wire, &s->fd, 1) < 0) {
		worker_note(w, LOG_WARNING, "cannot hand a connection over to %s", to->id);
		refuse(w, caller, "-Service not available\r\n");
		return;
	}
	over(w, caller, RECORD_ENDED_SELF);
}

static void
dispatch(struct worker *w, struct caller *caller)
{
	const struct service *to;
	size_t n = caller->n;

	while (n && (caller->line[n - 1] == '\n' || caller->line[n - 1] == '\r'))
		n--;
	if (memchr(caller->line, '\0', n))
		n = 0;
	caller->line[n] = '\0';
	if (strcasecmp(caller->line, "help") == 0) {
		help(w, caller);
		return;
	}
	to = find(w, caller->line);
	if (to)
		hand_over(w, caller, to);
	else
		refuse(w, caller, "-Service not available\r\n");
}

/* Looks first, then takes as much as belongs to the line. */
static ssize_t
take(struct caller *caller)
{
	char *at = caller->line + caller->n;
	ssize_t n = recv(caller->session->fd, at, LINE - 1 - caller->n, MSG_PEEK | MSG_DONTWAIT);
	const char *end;

	if (n <= 0)
		return n;
	end = memchr(at, '\n', (size_t)n);
	n = recv(caller->session->fd, at, end ? (size_t)(end + 1 - at) : (size_t)n, MSG_DONTWAIT);
	if (n > 0) {
		caller->n += (size_t)n;
		caller->session->bytes_in += (uint64_t)n;
	}
	return n;
}

static void
line_ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct worker *w = worker_of(loop);
	struct caller *caller = OWNER_OF(watch, struct session, watch)->own;
	ssize_t n = take(caller);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		over(w, caller, RECORD_ENDED_CLIENT);
	else if (caller->line[caller->n - 1] == '\n')
		dispatch(w, caller);
	else if (caller->n == LINE - 1)
		refuse(w, caller, "-Line too long\r\n");
}

static void
line_late(struct loop *loop, struct loop_timer *timer)
{
	over(worker_of(loop), OWNER_OF(timer, struct caller, timer), RECORD_ENDED_TIMEOUT);
}

static void
begin(struct worker *w, struct session *s)
{
	struct caller *caller = calloc(1, sizeof(*caller));

	if (!caller)
		err_no_memory();
	caller->session = s;
	caller->timer.due = line_late;
	s->own = caller;
	s->watch = (struct loop_watch){.fd = s->fd, .ready = line_ready};
	loop_at(&w->loop, &caller->timer, w->loop.now + LINE_WAIT);
	if (loop_watch(&w->loop, &s->watch, EPOLLIN) < 0)
		over(w, caller, RECORD_ENDED_UNKNOWN);
}

static void
stop(struct worker *w, struct session *s, enum record_end why)
{
	over(w, s->own, why);
}

const struct worker_kind worker_kind_tcpmux = {.stream = begin, .stop = stop};
