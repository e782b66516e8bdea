/*
 * See record.h. The writer cuts what does not fit and never waits; the reader takes every length
 * for a lie until it has compared it.
 */
#include "engine/record.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>

#include "engine/loop.h"

enum { ALIGN = 8, N_TEXTS = 3 };

_Static_assert(sizeof(struct record) % ALIGN == 0, "texts follow at once");

/* Says how much was lost, in the place that is free now. */
static void
say_lost(struct record_out *out)
{
	struct record note = {.kind = RECORD_NOTE, .priority = LOG_WARNING};
	uint64_t lost = out->lost;
	char text[80];

	if (!lost)
		return;
	note.time = loop_date();
	snprintf(text, sizeof(text), "%llu log records were lost: the log could not take them",
		 (unsigned long long)lost);
	out->lost = 0;
	record_put(out, &note, NULL, NULL, text);
}

void
record_flush(struct record_out *out)
{
	if (!out->used || out->fd < 0)
		return;
	if (send(out->fd, out->bytes, out->used, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return; /* kept: the other end may read again, or be replaced */
	out->used = 0;
	say_lost(out);
}

/* The bytes of a text with its NUL, cut to the room there is; 0 = none. */
static uint16_t
text_size(const char *text, size_t *room)
{
	size_t n = text ? strnlen(text, *room) + 1 : 0;

	if (n > *room)
		n = *room;
	*room -= n;
	return (uint16_t)n;
}

static char *
put_text(char *at, const char *text, size_t n)
{
	if (!n)
		return at;
	memcpy(at, text, n - 1);
	at[n - 1] = '\0';
	return at + n;
}

void
record_put(struct record_out *out, const struct record *record, const char *user,
	   const char *rule_file, const char *text)
{
	struct record fixed = *record;
	size_t room = RECORD_MAX - sizeof(fixed), used = sizeof(fixed), padded;
	char *start, *at;

	used += fixed.n_user = text_size(user, &room);
	used += fixed.n_rule_file = text_size(rule_file, &room);
	used += fixed.n_text = text_size(text, &room);
	padded = (used + ALIGN - 1) / ALIGN * ALIGN;
	fixed.size = (uint32_t)padded;
	if (out->used + padded > sizeof(out->bytes))
		record_flush(out);
	if (out->used + padded > sizeof(out->bytes)) {
		out->lost++;
		return;
	}
	start = out->bytes + out->used;
	memcpy(start, &fixed, sizeof(fixed));
	at = put_text(start + sizeof(fixed), user, fixed.n_user);
	at = put_text(at, rule_file, fixed.n_rule_file);
	at = put_text(at, text, fixed.n_text);
	memset(at, 0, padded - used);
	out->used += padded;
}

static bool
is_family(const struct net_addr *addr)
{
	return addr->family == 0 || addr->family == AF_INET || addr->family == AF_INET6;
}

static bool
is_sane(const struct record *record, size_t left)
{
	size_t texts = (size_t)record->n_user + record->n_rule_file + record->n_text;

	return record->size >= sizeof(*record) && record->size <= RECORD_MAX &&
	       record->size % ALIGN == 0 && record->size <= left &&
	       texts <= record->size - sizeof(*record) && record->kind >= RECORD_START &&
	       record->kind <= RECORD_STDERR && record->refusal < REFUSAL_N &&
	       record->end <= RECORD_ENDED_UNKNOWN && is_family(&record->addr) &&
	       is_family(&record->local);
}

const struct record *
record_next(struct record_in *in, const char **ret_user, const char **ret_rule_file,
	    const char **ret_text)
{
	const char **ret[N_TEXTS] = {ret_user, ret_rule_file, ret_text};
	const struct record *record = (const void *)in->at;
	size_t left = (size_t)(in->end - in->at);
	const char *at;

	if (left < sizeof(*record) || (uintptr_t)in->at % ALIGN || !is_sane(record, left)) {
		in->at = in->end;
		return NULL;
	}
	at = in->at + sizeof(*record);
	for (size_t i = 0; i < N_TEXTS; i++) {
		const uint16_t n[N_TEXTS] = {record->n_user, record->n_rule_file, record->n_text};

		*ret[i] = n[i] ? at : NULL;
		at += n[i];
		if (n[i] && strnlen(*ret[i], n[i]) != n[i] - 1u) {
			in->at = in->end;
			return NULL;
		}
	}
	in->at += record->size;
	return record;
}
