/*
 * Standard error of sessions under stderr = log: a pipe each, whose lines become records. It lives
 * until its last writer is gone, which may be after the session.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/client.h"
#include "engine/session.h"

enum { LINE = 1024, TURN_READS = 8 };

struct errpipe {
	struct loop_watch watch;
	struct peer peer;
	uint64_t session;
	size_t used;
	char line[LINE];
};

static void
say(struct worker *w, struct errpipe *e, size_t n)
{
	char text[LINE + 1];

	memcpy(text, e->line, n);
	text[n] = '\0';
	if (n)
		session_stderr(w, &e->peer, e->session, text);
}

/* Whole lines; one that is too long is cut into several. */
static void
say_lines(struct worker *w, struct errpipe *e)
{
	char *end;

	while ((end = memchr(e->line, '\n', e->used))) {
		size_t n = (size_t)(end - e->line);

		say(w, e, n);
		e->used -= n + 1;
		memmove(e->line, end + 1, e->used);
	}
	if (e->used < LINE)
		return;
	say(w, e, e->used);
	e->used = 0;
}

static void
ready(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct errpipe *e = OWNER_OF(watch, struct errpipe, watch);
	struct worker *w = worker_of(loop);

	for (int i = 0; i < TURN_READS; i++) {
		ssize_t n = read(watch->fd, e->line + e->used, LINE - e->used);

		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			say(w, e, e->used);
			loop_watch(loop, watch, 0);
			fd_close(watch->fd);
			free(e);
			return;
		}
		e->used += (size_t)n;
		say_lines(w, e);
	}
}

int
errpipe_new(struct worker *w, const struct session *s)
{
	struct errpipe *e = calloc(1, sizeof(*e));
	int fds[2];
	int r;

	if (!e)
		return -ENOMEM;
	if (pipe2(fds, O_CLOEXEC) < 0) {
		r = -errno;
		free(e);
		return r;
	}
	/* Only our end: a program may not expect EAGAIN of its standard error. */
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	e->watch.fd = fds[0];
	e->watch.ready = ready;
	e->peer = s->peer;
	e->session = s->number;
	r = loop_watch(&w->loop, &e->watch, EPOLLIN);
	if (r < 0) {
		fd_close(fds[0]);
		fd_close(fds[1]);
		free(e);
		return r;
	}
	return fds[1];
}
