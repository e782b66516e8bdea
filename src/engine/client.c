/*
 * See client.h. The order: banner, limits, rules (which may have to ask), hosts_options(5), then
 * the program or the kind that serves it here.
 */
#include "engine/client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/fd.h"
#include "engine/admission.h"
#include "engine/session.h"
#include "engine/spawn.h"
#include "engine/waiting.h"

#define FIRST_WAIT (20 * LOOP_MS)
enum { TRIES = 5 };

static void
say(int fd, const char *text, uint32_t n)
{
	if (fd >= 0 && text && n)
		(void)!send(fd, text, n, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/*
 * Who came by tcpmux waits for "+" or "-" (RFC 1078). Where the program says it itself
 * (TCPMUX without PLUS), we still say "-" when there will be none; but never after a "+".
 */
static void
say_no(const struct worker *w, int fd, enum refusal refusal)
{
	const struct service_banners *banners = w->service->banners;
	char text[128];
	int n;

	if (w->service->muxed && !(w->service->mux_plus && refusal == REFUSAL_FORK)) {
		n = snprintf(text, sizeof(text), "-%s\r\n", refusal_says(refusal));
		say(fd, text, n > 0 && n < (int)sizeof(text) ? (uint32_t)n : 0);
	}
	if (banners)
		say(fd, banners->fail, banners->n_fail);
}

static void
say_yes(const struct worker *w, int fd)
{
	const struct service_banners *banners = w->service->banners;

	if (w->service->mux_plus)
		say(fd, "+Go\r\n", 5);
	if (banners && w->service->muxed)
		say(fd, banners->always, banners->n_always);
	if (banners)
		say(fd, banners->success, banners->n_success);
}

int
client_spawner(struct worker *w)
{
	if (!w->spawner)
		w->spawner = spawner_new(w->service, w->start->files);
	return w->spawner ? 0 : -errno;
}

static void
refuse(struct worker *w, struct session *s, enum refusal refusal, const char *why)
{
	say_no(w, s->fd, refusal);
	session_over(w, s, &(struct session_end){.refusal = refusal, .text = why});
}

/* A session whose program could not be started for want of something that may soon be there. */
struct retry {
	struct session *session;
	struct spawn_want want;
	struct loop_timer timer;
	unsigned tries;
	char name[256], user[256];
};

static void start_program(struct worker *w, struct session *s, struct spawn_want *want);

static void
retry_due(struct loop *loop, struct loop_timer *timer)
{
	struct retry *retry = OWNER_OF(timer, struct retry, timer);

	start_program(worker_of(loop), retry->session, &retry->want);
}

static void
retry_forget(struct worker *w, struct session *s)
{
	struct retry *retry = s->own;

	if (!retry)
		return;
	loop_at(&w->loop, &retry->timer, 0);
	free(retry);
	s->own = NULL;
}

static const char *
keep_text(char to[256], const char *text)
{
	size_t n = text ? strnlen(text, 255) : 0;

	memcpy(to, text ? text : "", n);
	return text ? to : NULL;
}

static struct retry *
retry_new(struct session *s, const struct spawn_want *want)
{
	struct retry *retry = calloc(1, sizeof(*retry));

	if (!retry)
		return NULL;
	retry->session = s;
	retry->want = *want;
	retry->want.name = keep_text(retry->name, want->name);
	retry->want.user = keep_text(retry->user, want->user);
	retry->timer.due = retry_due;
	return retry;
}

/* As xinetd, which tries five times unless told not to (flags = NORETRY). Meanwhile nobody else is
 * accepted: they would fare no better. */
static bool
try_again(struct worker *w, struct session *s, const struct spawn_want *want, int error)
{
	struct retry *retry = s->own;

	if (w->service->no_retry || s->listener || (retry && retry->tries == TRIES))
		return false;
	if (error != EAGAIN && error != ENOMEM && error != EMFILE && error != ENFILE)
		return false;
	if (!retry)
		s->own = retry = retry_new(s, want);
	if (!retry)
		return false;
	loop_at(&w->loop, &retry->timer, w->loop.now + (FIRST_WAIT << retry->tries++));
	worker_pause(w, retry->timer.at);
	return true;
}

static void
start_program(struct worker *w, struct session *s, struct spawn_want *want)
{
	int error = -1;
	pid_t pid = 0;

	if (w->kind && s->fd >= 0) /* a command in the place of what is served here */
		fcntl(s->fd, F_SETFL, fcntl(s->fd, F_GETFL) & ~O_NONBLOCK);
	want->in = s->listener ? s->listener->watch.fd : s->fd;
	want->peer = s->listener && !s->peer.addr.family ? NULL : &s->peer;
	want->error = w->service->stderr_to == STDERR_NULL ? 2 : -1;
	if (w->service->stderr_to == STDERR_LOG) {
		want->error = error = errpipe_new(w, s);
		pid = error < 0 ? error : 0;
	}
	if (!pid)
		pid = spawn(w->spawner, want, &s->slot);
	fd_close(error);
	if (pid < 0 && try_again(w, s, want, -pid))
		return;
	if (pid < 0)
		arena_free(want->keep);
	retry_forget(w, s);
	if (pid < 0) {
		refuse(w, s, REFUSAL_FORK, strerrordesc_np(-pid));
		return;
	}
	s->counted = true;
	atomic_fetch_add_explicit(&w->start->common->running, 1, memory_order_relaxed);
	session_has_pid(w, s, pid);
	session_started(w, s);
	if (!(w->service->log_success & SERVICE_LOG_TRAFFIC)) {
		fd_close(s->fd);
		s->fd = -1;
	}
}

static void
serve(struct worker *w, struct session *s, struct spawn_want *want)
{
	say_yes(w, s->fd);
	if (!w->kind || want->program) {
		start_program(w, s, want);
		return;
	}
	arena_free(want->keep);
	session_started(w, s);
	w->kind->stream(w, s);
}

void
client_stop(struct worker *w, struct session *s)
{
	struct retry *retry = s->own;

	if (!ask_cancel(w, s) && retry)
		arena_free(retry->want.keep);
	retry_forget(w, s);
	refuse(w, s, REFUSAL_SETUP, "ended before it was served");
}

void
client_decided(struct worker *w, struct session *s, const struct access_client *client,
	       const struct access_verdict *verdict)
{
	struct spawn_want want = {.umask = -1};
	enum refusal refusal;
	bool fine;

	if (client->name_is == ACCESS_KNOWN)
		want.name = client->name;
	if (client->user_is == ACCESS_KNOWN)
		want.user = client->user;
	fine = !verdict->n_actions || options_perform(w, s, client, verdict, &want);
	if (fine && (verdict->answer == ACCESS_ALLOW || want.program)) {
		serve(w, s, &want);
		return;
	}
	arena_free(want.keep);
	refusal = !fine ? REFUSAL_SETUP : verdict->refusal ? verdict->refusal : REFUSAL_NAME;
	say_no(w, s->fd, refusal);
	session_over(w, s,
		     &(struct session_end){
			     .refusal = refusal,
			     .text = fine ? verdict->why : "an option of the rule failed",
			     .rule_file = verdict->file,
			     .rule_line = verdict->line,
		     });
}

void
client_decide(struct worker *w, struct session *s)
{
	struct access_client client = {
		.addr = s->peer.addr,
		.local = s->peer.local,
		.port = s->peer.port,
		.local_port = s->peer.local_port,
	};
	struct access_verdict verdict;

	if (!waiting_can_check(w) || (!admission_has_rules(w) && !w->service->ask_user)) {
		serve(w, s, &(struct spawn_want){.umask = -1});
		return;
	}
	admission_rules(w, &client, &verdict);
	if (!ask_for(w, s, &client, &verdict))
		client_decided(w, s, &client, &verdict);
}

bool
worker_admits_datagram(struct worker *w, const struct peer *peer)
{
	struct access_client client = {
		.addr = peer->addr,
		.local = peer->local,
		.port = peer->port,
		.local_port = peer->local_port,
	};
	struct access_verdict rules;
	struct verdict verdict;

	atomic_fetch_add_explicit(&w->book->counts.accepted, 1, memory_order_relaxed);
	admission_limits_datagram(w, peer, &verdict);
	if (!verdict.refusal && admission_has_rules(w)) {
		admission_rules(w, &client, &rules);
		if (rules.answer != ACCESS_ALLOW)
			verdict = (struct verdict){
				.refusal = rules.refusal ? rules.refusal : REFUSAL_NAME,
				.file = rules.file,
				.line = rules.line,
				.why = rules.why,
			};
	}
	if (verdict.refusal)
		session_refused(w, peer, &verdict);
	return !verdict.refusal;
}

static void
refuse_at_door(struct worker *w, int fd, const struct peer *peer, const struct verdict *verdict)
{
	say_no(w, fd, verdict->refusal);
	session_refused(w, peer, verdict);
	fd_close(fd);
}

void
client_new(struct worker *w, int fd, const struct peer *peer)
{
	const struct service_banners *banners = w->service->banners;
	struct verdict verdict;
	struct session *s;
	uint32_t source;

	atomic_fetch_add_explicit(&w->book->counts.accepted, 1, memory_order_relaxed);
	if (banners && !w->service->muxed)
		say(fd, banners->always, banners->n_always);
	sessions_sweep(w);
	admission_limits(w, peer, &source, &verdict);
	if (verdict.refusal) {
		refuse_at_door(w, fd, peer, &verdict);
		return;
	}
	s = session_open(w, fd, peer, BOOK_ASKING);
	if (!s) {
		admission_release(w, source);
		verdict = (struct verdict){REFUSAL_INSTANCES, .why = "no place is left"};
		refuse_at_door(w, fd, peer, &verdict);
		return;
	}
	s->source = source;
	client_decide(w, s);
}
