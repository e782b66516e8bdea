#include "report/baseline.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "base/limits.h"
#include "base/vec.h"
#include "report/jsonout.h"
#include "report/safe.h"

#define VERSION 1

/* Mechanisms whose names last no longer than a session does. */
static bool
is_passing(const struct start *start)
{
	static const char *const names[] = {"session", "manual", "user-session"};

	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (text_is(start->mechanism, names[i]))
			return true;
	return false;
}

static const char *
behind(struct arena *arena, const struct listener *listener)
{
	const struct start *start = listener->n_starts ? listener->starts[0].start : NULL;
	const struct process *owner = listener->n_owners ? listener->owners[0].process : NULL;

	if (start && start->unit)
		return start->unit;
	if (start && !is_passing(start) && start->name)
		return arena_printf(arena, "%s:%s", start->mechanism, start->name);
	if (!owner)
		return NULL;
	return owner->package ? owner->package : owner->exe ? owner->exe : owner->comm;
}

static const char *
safe_or_null(struct arena *arena, const char *text)
{
	return text ? safe_text(arena, text) : NULL;
}

static struct baseline_row
row_of(struct arena *arena, const struct listener *listener, bool listing)
{
	struct baseline_row row = {
		.protocol = net_proto_name(listener->proto),
		.port = listener->rpc ? 0 : listener->port,
		.count = 1,
	};
	enum net_class class = net_addr_class(&listener->addr);

	if (listener->family == AF_INET6)
		row.protocol = arena_printf(arena, "%s6", row.protocol);
	if (class != NET_CLASS_NONE)
		row.class = net_class_name(class);
	if (listing)
		return row;
	/* As they are shown: what is no UTF-8 would not come back from JSON as it went. */
	row.service = safe_or_null(arena, listener->rpc ? listener->rpc : listener->service);
	row.by = safe_or_null(arena, behind(arena, listener));
	return row;
}

static int
cmp_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int
cmp_rows(const void *left, const void *right)
{
	const struct baseline_row *a = left, *b = right;
	int r;

	if ((r = cmp_text(a->protocol, b->protocol)))
		return r;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	if ((r = cmp_text(a->class, b->class)) || (r = cmp_text(a->service, b->service)))
		return r;
	return cmp_text(a->by, b->by);
}

/* Sorts, and makes one row with a count of equal ones. */
static void
settle(struct baseline *baseline)
{
	size_t kept = 0;

	if (baseline->n == 0)
		return;
	qsort(baseline->v, baseline->n, sizeof(*baseline->v), cmp_rows);
	for (size_t i = 1; i < baseline->n; i++)
		if (cmp_rows(&baseline->v[kept], &baseline->v[i]) == 0)
			baseline->v[kept].count += baseline->v[i].count;
		else
			baseline->v[++kept] = baseline->v[i];
	baseline->n = kept + 1;
}

void
baseline_of(struct audit *audit, bool listing, struct baseline *ret)
{
	time_t now = (time_t)audit->now;
	char saved[32] = "";
	struct tm tm;

	if (gmtime_r(&now, &tm))
		strftime(saved, sizeof(saved), "%Y-%m-%dT%H:%M:%SZ", &tm);
	*ret = (struct baseline){
		.host = audit->host,
		.saved = arena_dup(audit->arena, saved),
		.listing = listing,
	};
	for (size_t i = 0; i < audit->listeners.n; i++)
		if (!net_proto_is_unix(audit->listeners.v[i]->proto) &&
		    audit->listeners.v[i]->proto != NET_NETLINK)
			vec_push(audit->arena, ret,
				 row_of(audit->arena, audit->listeners.v[i], listing));
	settle(ret);
}

int
baseline_write(const struct baseline *baseline, FILE *out)
{
	struct jsonout json = jsonout_to(out);

	jsonout_open(&json, NULL, '{');
	jsonout_number(&json, "baseline", VERSION);
	jsonout_text(&json, "host", baseline->host);
	jsonout_text(&json, "saved", baseline->saved);
	jsonout_open(&json, "listeners", '[');
	for (size_t i = 0; i < baseline->n; i++) {
		const struct baseline_row *row = &baseline->v[i];

		jsonout_open(&json, NULL, '{');
		jsonout_text(&json, "protocol", row->protocol);
		jsonout_text(&json, "class", row->class);
		jsonout_number(&json, "port", row->port);
		jsonout_text(&json, "service", row->service);
		jsonout_text(&json, "by", row->by);
		jsonout_number(&json, "count", row->count);
		jsonout_close(&json, '}');
	}
	jsonout_close(&json, ']');
	jsonout_close(&json, '}');
	return ferror(out) ? -EIO : 0;
}

/* Reading ----------------------------------------------------------------------------- */

static void
free_json(json_t **json)
{
	json_decref(*json);
}

static const char *
text_member(struct arena *arena, const json_t *object, const char *key)
{
	return arena_dup(arena, json_string_value(json_object_get(object, key)));
}

static bool
number_member(const json_t *object, const char *key, uint32_t *ret)
{
	const json_t *member = json_object_get(object, key);
	json_int_t n = json_integer_value(member);

	*ret = (uint32_t)n;
	return json_is_integer(member) && n >= 0 && n <= UINT32_MAX;
}

int
baseline_parse(struct arena *arena, struct span text, struct baseline *ret, struct err *err)
{
	cleanup(free_json) json_t *top = NULL;
	struct baseline read = {0};
	json_error_t wrong;
	const json_t *rows;
	uint32_t version;

	top = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &wrong);
	if (!top)
		return err_set(err, -EINVAL, "line %d: %s", wrong.line, wrong.text);
	if (!number_member(top, "baseline", &version) || version != VERSION)
		return err_set(err, -EINVAL, "not a baseline of version %d", VERSION);
	rows = json_object_get(top, "listeners");
	if (!json_is_array(rows))
		return err_set(err, -EINVAL, "no list 'listeners'");
	read.host = text_member(arena, top, "host");
	read.saved = text_member(arena, top, "saved");
	for (size_t i = 0; i < json_array_size(rows); i++) {
		const json_t *from = json_array_get(rows, i);
		struct baseline_row row = {
			.protocol = text_member(arena, from, "protocol"),
			.class = text_member(arena, from, "class"),
			.service = text_member(arena, from, "service"),
			.by = text_member(arena, from, "by"),
		};

		if (!row.protocol || !number_member(from, "port", &row.port) ||
		    !number_member(from, "count", &row.count))
			return err_set(err, -EINVAL, "listener %zu has no protocol, port or count",
				       i);
		vec_push(arena, &read, row);
	}
	settle(&read);
	*ret = read;
	return 0;
}

/* Comparing --------------------------------------------------------------------------- */

static bool
fits_or_unknown(const char *a, const char *b)
{
	return !a || !b || text_is(a, b);
}

/* The same door: what stands behind it may differ. A listing does not know every class. */
static bool
same_door(const struct baseline_row *a, const struct baseline_row *b)
{
	return a->port == b->port && text_is(a->protocol, b->protocol) &&
	       fits_or_unknown(a->class, b->class) &&
	       (a->port != 0 || fits_or_unknown(a->service, b->service));
}

static void
add(struct arena *arena, struct baseline_changes *changes, enum baseline_kind kind,
    const struct baseline_row *old, const struct baseline_row *new)
{
	vec_push(arena, changes, (struct baseline_change){kind, old, new});
}

struct pairing {
	const struct baseline *old, *new;
	bool *old_done, *new_done;
	bool loose; /* one of the two is a listing */
};

/* Rows that are the same in both: one walk, since both are sorted. */
static void
pair_equal(struct arena *arena, struct pairing *pairing, struct baseline_changes *ret)
{
	size_t i = 0, k = 0;

	while (i < pairing->old->n && k < pairing->new->n) {
		const struct baseline_row *old = &pairing->old->v[i], *new = &pairing->new->v[k];
		int r = cmp_rows(old, new);

		if (r == 0) {
			if (old->count != new->count)
				add(arena, ret, BASELINE_CHANGED, old, new);
			pairing->old_done[i] = pairing->new_done[k] = true;
		}
		i += r <= 0;
		k += r >= 0;
	}
}

/* What is left: the same door with something else behind it, else a new door. */
static void
pair_doors(struct arena *arena, struct pairing *pairing, struct baseline_changes *ret)
{
	for (size_t k = 0; k < pairing->new->n; k++) {
		const struct baseline_row *new = &pairing->new->v[k];
		const struct baseline_row *old = NULL;

		for (size_t i = 0; !pairing->new_done[k] && i < pairing->old->n; i++)
			if (!pairing->old_done[i] && same_door(&pairing->old->v[i], new)) {
				old = &pairing->old->v[i];
				pairing->old_done[i] = pairing->new_done[k] = true;
				if (!pairing->loose || old->count != new->count)
					add(arena, ret, BASELINE_CHANGED, old, new);
			}
		if (!pairing->new_done[k])
			add(arena, ret, BASELINE_ADDED, NULL, new);
	}
	for (size_t i = 0; i < pairing->old->n; i++)
		if (!pairing->old_done[i])
			add(arena, ret, BASELINE_REMOVED, &pairing->old->v[i], NULL);
}

static const struct baseline_row *
any(const struct baseline_change *change)
{
	return change->new ? change->new : change->old;
}

static int
cmp_changes(const void *a, const void *b)
{
	return cmp_rows(any(a), any(b));
}

/* "netstat -t" says nothing of udp: its absence there is no news. */
static bool
is_covered(const struct baseline *listing, const struct baseline_row *row)
{
	size_t n = strcspn(row->protocol, "6");

	for (size_t i = 0; i < listing->n; i++)
		if (strcspn(listing->v[i].protocol, "6") == n &&
		    memcmp(listing->v[i].protocol, row->protocol, n) == 0)
			return true;
	return false;
}

/* Rows of a live audit, made as coarse as the listing they are compared with. */
static struct baseline
coarse(struct arena *arena, const struct baseline *fine, const struct baseline *other)
{
	struct baseline all = *fine;

	all.v = arena_array(arena, fine->n + 1, sizeof(*all.v));
	all.n = 0;
	for (size_t i = 0; i < fine->n; i++)
		if (fine->listing || is_covered(other, &fine->v[i])) {
			all.v[all.n] = fine->v[i];
			all.v[all.n].service = all.v[all.n].by = NULL;
			all.n++;
		}
	settle(&all);
	return all;
}

void
baseline_diff(struct arena *arena, const struct baseline *old, const struct baseline *new,
	      struct baseline_changes *ret)
{
	struct baseline *both = arena_array(arena, 2, sizeof(*both));
	bool loose = old->listing || new->listing;
	struct pairing pairing = {.loose = loose};

	both[0] = loose ? coarse(arena, old, new) : *old;
	both[1] = loose ? coarse(arena, new, old) : *new;
	pairing.old = &both[0];
	pairing.new = &both[1];
	pairing.old_done = arena_array(arena, both[0].n + 1, sizeof(bool));
	pairing.new_done = arena_array(arena, both[1].n + 1, sizeof(bool));
	*ret = (struct baseline_changes){0};
	pair_equal(arena, &pairing, ret);
	pair_doors(arena, &pairing, ret);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), cmp_changes);
}
