/*
 * Answers: what may be asked on the control socket (control.h). Books are written by workers,
 * which may have been taken over: numbers are shown as they are, texts are cut and escaped, and
 * nothing is done with either.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/num.h"
#include "base/vec.h"
#include "engine/control.h"

/* status --------------------------------------------------------------------------------- */

static void
put_listeners(struct json_out *out, const struct slot *slot)
{
	char text[NET_ADDR_TEXT];

	json_open(out, "listeners", '[');
	for (uint32_t i = 0; i < slot->n_doors; i++) {
		const struct service_listener *listener = &slot->service->listeners[i];

		json_open(out, NULL, '{');
		if (listener->path)
			json_text(out, "path", listener->path);
		else
			json_text(out, "address", net_addr_text(&listener->addr, text));
		json_number(out, "port", listener->port);
		json_bool(out, "open", slot->doors[i].watch.fd >= 0);
		json_close(out, '}');
	}
	json_close(out, ']');
}

static void
put_counts(struct json_out *out, const struct book *book)
{
	static const struct book_counts none;
	const struct book_counts *counts = book ? &book->counts : &none;
	uint64_t refused[REFUSAL_N], sum = 0;

	for (int i = 1; i < REFUSAL_N; i++)
		sum += refused[i] = atomic_load(&counts->refused[i]);
	json_number(out, "sessions", book ? atomic_load(&book->running) : 0);
	json_number(out, "accepted", (int64_t)atomic_load(&counts->accepted));
	json_number(out, "started", (int64_t)atomic_load(&counts->started));
	json_number(out, "ended", (int64_t)atomic_load(&counts->ended));
	json_number(out, "failed", (int64_t)atomic_load(&counts->failed));
	json_number(out, "refused", (int64_t)sum);
	json_open(out, "refusals", '{');
	for (int i = 1; i < REFUSAL_N; i++)
		if (refused[i])
			json_number(out, refusal_name((enum refusal)i), (int64_t)refused[i]);
	json_close(out, '}');
	json_number(out, "bytes_in", (int64_t)atomic_load(&counts->bytes_in));
	json_number(out, "bytes_out", (int64_t)atomic_load(&counts->bytes_out));
	json_number(out, "cpu_us", (int64_t)atomic_load(&counts->cpu_us));
	json_number(out, "lost_records", (int64_t)atomic_load(&counts->lost_records));
}

static const char *
state_of(const struct slot *slot)
{
	bool closed = slot->n_doors > 0;

	for (uint32_t i = 0; i < slot->n_doors; i++)
		closed &= slot->doors[i].watch.fd < 0;
	return !slot->service   ? "draining"
	       : closed         ? "closed"
	       : slot->again.at ? "failing"
	       : slot->worker   ? "active"
				: "idle";
}

static void
put_slot(struct json_out *out, const struct slot *slot)
{
	const struct service *service = slot->service;

	json_open(out, NULL, '{');
	json_text(out, "id", slot->id);
	json_text(out, "state", state_of(slot));
	json_number(out, "worker", slot->worker ? slot->worker->pid : 0);
	json_number(out, "workers", slot->n_workers);
	if (service) {
		json_text(out, "kind", service_kind_name(service->kind));
		json_text(out, "file", service->place.file);
		json_number(out, "line", service->place.line);
		put_listeners(out, slot);
	}
	put_counts(out, slot->book);
	json_close(out, '}');
}

static int
answer_status(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	json_text(out, "version", GATEHOUSE_VERSION);
	json_number(out, "pid", getpid());
	json_number(out, "started", parent->started);
	json_number(out, "reloads", (int64_t)parent->reloads);
	json_number(out, "failed_reloads", (int64_t)parent->failed_reloads);
	json_number(out, "left_out", (int64_t)parent->serve->n_closed);
	json_number(out, "log", parent->log.pid);
	json_number(out, "resolver", parent->resolver.pid);
	json_number(out, "denied", parent->denied->n);
	json_open(out, "services", '[');
	for (size_t i = 0; i < parent->n_slots; i++)
		put_slot(out, parent->slots[i]);
	json_close(out, ']');
	return 0;
}

/* sessions ------------------------------------------------------------------------------- */

static void
put_session(struct json_out *out, const struct slot *slot, const struct book_session *session,
	    uint32_t state)
{
	struct net_addr addr = session->addr;
	char text[NET_ADDR_TEXT] = "";

	json_open(out, NULL, '{');
	json_number(out, "number", (int64_t)session->number);
	json_text(out, "service", slot->id);
	json_number(out, "pid", session->pid);
	if (addr.family == AF_INET || addr.family == AF_INET6)
		net_addr_text(&addr, text);
	json_text(out, "address", text);
	json_number(out, "port", session->port);
	json_number(out, "started", session->started / LOOP_SECOND);
	json_textn(out, "user", session->user, sizeof(session->user));
	json_text(out, "state", state == BOOK_ASKING ? "asking" : "running");
	json_close(out, '}');
}

static int
answer_sessions(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	json_open(out, "sessions", '[');
	for (size_t i = 0; i < parent->n_slots; i++) {
		const struct slot *slot = parent->slots[i];

		if (!slot->book || (words[0][0] && strcmp(words[0], slot->id) != 0))
			continue;
		for (uint32_t s = 0, top = book_top(slot->book); s < top; s++) {
			const struct book_session *session = &slot->book->sessions[s];
			uint32_t state = atomic_load(&session->state);

			if (state == BOOK_RUNNING || state == BOOK_ASKING)
				put_session(out, slot, session, state);
		}
	}
	json_close(out, ']');
	return 0;
}

/* kill ----------------------------------------------------------------------------------- */

static int
take_signal(const char *word, int *ret)
{
	uint32_t number;

	*ret = SIGTERM;
	if (!word[0])
		return 0;
	if (num_u32(span_of(word), NSIG - 1, &number)) {
		*ret = (int)number;
		return number ? 0 : -EINVAL;
	}
	if (!strncasecmp(word, "SIG", 3))
		word += 3;
	for (int i = 1; i < NSIG; i++)
		if (sigabbrev_np(i) && !strcasecmp(sigabbrev_np(i), word)) {
			*ret = i;
			return 0;
		}
	return -EINVAL;
}

/* By its worker, which knows its children; what has no worker any more is the parent's own. */
static bool
kill_one(struct parent *parent, const struct slot *slot, const struct book_session *session,
	 int signal)
{
	for (struct slot_worker *worker = parent->workers; worker; worker = worker->next)
		if (worker->slot == slot && worker->number == session->worker) {
			worker_kill(worker, session->number, signal);
			return true;
		}
	return session->pid > 0 && orphan_kill(slot, session->pid, signal);
}

/* kill SERVICE[:NUMBER] [SIGNAL] */
static int
answer_kill(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	char *colon = strrchr(words[0], ':');
	uint64_t number = 0;
	const struct slot *slot;
	int64_t n = 0;
	int signal;

	if (colon && num_u64(span_of(colon + 1), 10, UINT64_MAX, &number) && number)
		*colon = '\0';
	if (take_signal(words[1], &signal) < 0)
		return err_set(err, -EINVAL, "no signal '%.40s'", words[1]);
	slot = slot_named(parent, words[0], err);
	if (!slot)
		return -ENOENT;
	for (uint32_t i = 0, top = slot->book ? book_top(slot->book) : 0; i < top; i++) {
		const struct book_session *session = &slot->book->sessions[i];
		uint32_t state = atomic_load(&session->state);

		if ((state == BOOK_RUNNING || state == BOOK_ASKING) &&
		    (!number || session->number == number))
			n += kill_one(parent, slot, session, signal);
	}
	if (!n)
		return err_set(err, -ENOENT, "no such session");
	json_number(out, "signalled", n);
	return 0;
}

/* reload, upgrade, stop ------------------------------------------------------------------- */

static void
put_loaded(struct parent *parent, struct json_out *out)
{
	json_number(out, "services", (int64_t)parent->serve->n);
	json_number(out, "reloads", (int64_t)parent->reloads);
}

static int
answer_reload(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	int r = parent_reload(parent, err);

	if (r == 0)
		put_loaded(parent, out);
	return r;
}

static int
answer_upgrade(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	return parent_upgrade(parent, err);
}

static int
answer_stop(struct parent *parent, char **words, struct json_out *out, struct err *err)
{
	parent->stop_asked = text_is(words[0], "leave") ? PARENT_QUITS : PARENT_TERMINATES;
	return 0;
}

const struct answer answers[] = {
	{"status", false, answer_status}, {"sessions", false, answer_sessions},
	{"decide", false, answer_decide}, {"kill", true, answer_kill},
	{"reload", true, answer_reload},  {"upgrade", true, answer_upgrade},
	{"stop", true, answer_stop},      {NULL, false, NULL},
};
