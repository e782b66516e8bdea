/*
 * See admission.h. Every check is a row of checks[], in their order; the first that refuses
 * decides. What costs a system call is cached: the load for a second, the time of day for the
 * minute, the deny list until its version changes.
 */
#include "engine/admission.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <syslog.h>
#include <time.h>

#include "base/fd.h"
#include "base/root.h"
#include "engine/limits.h"
#include "engine/waiting.h"

enum { MINUTE = 60, DENIED_TRIES = 100 };

struct denied_entry {
	struct net_addr addr;
	int64_t until;
};

struct admission {
	bool by_source; /* sources are counted at all */
	int64_t load_at;
	double load;
	int64_t minute; /* since 1970, for which in_time holds */
	bool in_time;
	uint32_t denied_version;
	size_t n_denied;
	struct denied_entry *denied; /* a sorted copy */
	struct arena *hosts_arena;   /* of rules read after the start */
	uint32_t generation;         /* of them */
	bool hidden;                 /* they are in a place this account does not see */
	bool blind;                  /* they changed, and cannot be read by this account */
	struct root root;            /* for them; stays open */
};

/* What the checks look at. */
struct check {
	struct worker *w;
	const struct peer *peer;
	struct book_source *source; /* NULL: not counted */
	int64_t seconds;            /* since 1970 */
	bool session;               /* false: a datagram */
};

/*
 * Deny list
 */

static int
denied_cmp(const void *a, const void *b)
{
	return net_addr_cmp(&((const struct denied_entry *)a)->addr,
			    &((const struct denied_entry *)b)->addr);
}

/* The parent may be writing: what was read counts when the version stayed the same. */
static bool
copy_denied(struct admission *a, const struct book_denied *list)
{
	uint32_t version = atomic_load_explicit(&list->version, memory_order_acquire);
	size_t n = list->n < BOOK_DENIED ? list->n : BOOK_DENIED;
	struct denied_entry *copy = calloc(n + 1, sizeof(*copy));

	if (!copy)
		return false;
	for (size_t i = 0; i < n; i++)
		copy[i] = (struct denied_entry){list->v[i].addr, list->v[i].until};
	atomic_thread_fence(memory_order_acquire);
	if (version % 2 || atomic_load_explicit(&list->version, memory_order_relaxed) != version) {
		free(copy);
		return false;
	}
	qsort(copy, n, sizeof(*copy), denied_cmp);
	free(a->denied);
	a->denied = copy;
	a->n_denied = n;
	a->denied_version = version;
	return true;
}

static bool
is_denied(struct admission *a, const struct net_addr *addr, int64_t seconds)
{
	size_t low = 0, high = a->n_denied;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (net_addr_cmp(&a->denied[middle].addr, addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < a->n_denied && net_addr_is(&a->denied[low].addr, addr); low++)
		if (a->denied[low].until > seconds)
			return true;
	return false;
}

static enum refusal
check_denied(const struct check *c)
{
	struct admission *a = c->w->admission;
	const struct book_denied *list = c->w->start->denied;

	if (!list)
		return REFUSAL_NONE;
	for (int i = 0;
	     i < DENIED_TRIES &&
	     atomic_load_explicit(&list->version, memory_order_acquire) != a->denied_version;
	     i++)
		if (copy_denied(a, list))
			break;
	return a->n_denied && is_denied(a, &c->peer->addr, c->seconds) ? REFUSAL_DENIED
								       : REFUSAL_NONE;
}

/*
 * Counts
 */

static enum refusal
check_instances(const struct check *c)
{
	uint32_t running = atomic_load_explicit(&c->w->book->running, memory_order_relaxed);

	return c->session && running >= c->w->service->limits.instances ? REFUSAL_INSTANCES
									: REFUSAL_NONE;
}

static enum refusal
check_per_source(const struct check *c)
{
	const struct service_limits *limits = &c->w->service->limits;

	if (!c->session || !c->w->admission->by_source || !c->peer->addr.family)
		return REFUSAL_NONE;
	/* No place left to count in: nobody may pass uncounted. */
	if (!c->source)
		return REFUSAL_PER_SOURCE;
	return limit_running(c->w->book, c->source) >= limits->per_source ? REFUSAL_PER_SOURCE
									  : REFUSAL_NONE;
}

static enum refusal
check_processes(const struct check *c)
{
	uint32_t limit = c->w->serve->process_limit;

	if (!limit || c->w->kind || !c->session)
		return REFUSAL_NONE;
	return atomic_load_explicit(&c->w->start->common->running, memory_order_relaxed) >= limit
		       ? REFUSAL_PROCESS_LIMIT
		       : REFUSAL_NONE;
}

static enum refusal
check_rates(const struct check *c)
{
	return limit_rates(c->w->book, &c->w->service->limits, c->source, c->w->loop.now);
}

/*
 * Load and time
 */

static enum refusal
check_load(const struct check *c)
{
	struct admission *a = c->w->admission;
	double most = c->w->service->limits.max_load;
	struct sysinfo info;

	if (most <= 0)
		return REFUSAL_NONE;
	if (!a->load_at || c->w->loop.now - a->load_at >= LOOP_SECOND) {
		/* Unknown is never allowed. */
		a->load = sysinfo(&info) < 0 ? most : (double)info.loads[0] / (1 << SI_LOAD_SHIFT);
		a->load_at = c->w->loop.now;
	}
	return a->load >= most ? REFUSAL_LOAD : REFUSAL_NONE;
}

static enum refusal
check_time(const struct check *c)
{
	const struct service_limits *limits = &c->w->service->limits;
	struct admission *a = c->w->admission;
	time_t seconds = (time_t)c->seconds;
	struct tm tm;

	if (!limits->n_windows)
		return REFUSAL_NONE;
	if (a->minute != c->seconds / MINUTE) {
		a->minute = c->seconds / MINUTE;
		a->in_time = localtime_r(&seconds, &tm) &&
			     limit_in_windows(limits->windows, limits->n_windows,
					      (unsigned)(tm.tm_hour * MINUTE + tm.tm_min),
					      (unsigned)tm.tm_wday);
	}
	return a->in_time ? REFUSAL_NONE : REFUSAL_TIME;
}

static enum refusal (*const checks[])(const struct check *) = {
	check_denied, check_instances, check_per_source, check_processes,
	check_rates,  check_load,      check_time,
};

static struct book_source *
source_of(struct worker *w, const struct net_addr *addr, bool create)
{
	if (!w->admission->by_source || !addr->family)
		return NULL;
	return limit_source(w->book, &w->service->limits, addr, create, w->loop.now);
}

static enum refusal
run_checks(const struct check *check)
{
	enum refusal refusal = REFUSAL_NONE;

	for (size_t i = 0; i < COUNT_OF(checks) && !refusal; i++)
		refusal = checks[i](check);
	return refusal;
}

void
admission_limits(struct worker *w, const struct peer *peer, uint32_t *ret_source,
		 struct verdict *ret)
{
	struct check check = {
		.w = w,
		.peer = peer,
		.source = source_of(w, &peer->addr, true),
		.seconds = time(NULL),
		.session = true,
	};

	*ret_source = 0;
	*ret = (struct verdict){.refusal = run_checks(&check)};
	if (ret->refusal || !check.source)
		return;
	limit_hold(w->book, check.source);
	*ret_source = (uint32_t)(check.source - w->book->sources) + 1;
}

void
admission_limits_datagram(struct worker *w, const struct peer *peer, struct verdict *ret)
{
	struct check check = {
		.w = w,
		.peer = peer,
		.source = source_of(w, &peer->addr, true),
		.seconds = time(NULL),
	};

	*ret = (struct verdict){.refusal = run_checks(&check)};
}

void
admission_release(struct worker *w, uint32_t source)
{
	if (source)
		limit_release(w->book, &w->book->sources[source - 1]);
}

void
admission_hold_addr(struct worker *w, const struct net_addr *addr)
{
	struct book_source *source = source_of(w, addr, true);

	if (source)
		limit_hold(w->book, source);
}

void
admission_release_addr(struct worker *w, const struct net_addr *addr)
{
	struct book_source *source = source_of(w, addr, false);

	if (source)
		limit_release(w->book, source);
}

int64_t
admission_closed_until(struct worker *w)
{
	const struct service_limits *limits = &w->service->limits;
	int64_t when;

	/* Of a service that is waited for nothing is taken from the queue to be refused. */
	if (limits->over != OVER_QUEUE && !waiting_is(w))
		return 0;
	if (atomic_load_explicit(&w->book->running, memory_order_relaxed) >= limits->instances)
		return INT64_MAX;
	if (!limits->rate.count)
		return 0;
	when = limit_when(w->book->tokens_at, w->book->tokens, limits->rate, w->loop.now);
	return when > w->loop.now ? when : 0;
}

/*
 * Rules
 */

static bool
read_hosts(struct worker *w)
{
	struct admission *a = w->admission;
	const struct serve *serve = w->serve;
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);

	w->hosts = access_of_hosts(arena, &diags, &a->root,
				   serve->hosts_allow ? serve->hosts_allow : "/etc/hosts.allow",
				   serve->hosts_deny ? serve->hosts_deny : "/etc/hosts.deny");
	for (size_t i = 0; i < diags.n; i++)
		worker_note(w, LOG_WARNING, "%s", diag_line(arena, &diags.v[i]));
	arena_free(a->hosts_arena);
	a->hosts_arena = arena;
	a->generation++;
	return !access_hosts_unread(w->hosts);
}

/*
 * hosts.allow and hosts.deny as they are now (WRAP-14). What this account may not read refuses; but
 * before that happens to anybody a new worker takes over, which reads them as root.
 */
bool
admission_is_current(struct worker *w)
{
	struct wire wire = {.kind = WIRE_NO_MORE};

	if (!w->service->wrap || !w->hosts)
		return true;
	if (access_hosts_changed(w->hosts))
		w->admission->blind = !read_hosts(w);
	if (!w->admission->blind || w->admission->hidden)
		return true;
	return worker_tell(w, &wire, NULL, 0) < 0;
}

/* Before the account is entered: with the rights of root, and with a root directory of our own,
 * for the parent's is closed here. */
int
admission_read_hosts(struct worker *w)
{
	int r;

	if (!w->service->wrap || !w->serve->hosts)
		return 0;
	r = root_open(&w->admission->root, "/", NULL);
	if (r == 0)
		read_hosts(w);
	return r;
}

/* What root has just read looks different to this account: the directory is closed to it. Then
 * nobody could know of a change, and asking would never end. */
void
admission_as_account(struct worker *w)
{
	if (!w->service->wrap || !w->hosts || !access_hosts_changed(w->hosts))
		return;
	w->admission->hidden = !read_hosts(w);
	if (w->admission->hidden)
		worker_note(
			w, LOG_ERR,
			"this account may not look at hosts.allow or hosts.deny, nor see when they "
			"change: everybody is refused");
}

uint32_t
admission_generation(const struct worker *w)
{
	return w->admission->generation;
}

bool
admission_has_rules(const struct worker *w)
{
	return w->service->access || (w->service->wrap && w->hosts);
}

void
admission_rules(struct worker *w, const struct access_client *client, struct access_verdict *ret)
{
	const struct service *service = w->service;

	*ret = (struct access_verdict){.answer = ACCESS_ALLOW};
	if (service->access)
		access_decide(service->access, NULL, client, ret);
	if (ret->answer != ACCESS_ALLOW || !service->wrap || !w->hosts)
		return;
	access_decide(w->hosts, service->wrap, client, ret);
}

int
admission_open(struct worker *w)
{
	const struct service_limits *limits = &w->service->limits;
	struct admission *a = calloc(1, sizeof(*a));

	if (!a)
		return -ENOMEM;
	a->by_source = limits->per_source != SERVICE_UNLIMITED || limits->source_rate.count ||
		       limits->rate.count;
	a->minute = -1;
	if (limits->time_zone && setenv("TZ", limits->time_zone, 1) < 0) {
		free(a);
		return -ENOMEM;
	}
	tzset();
	w->admission = a;
	return 0;
}
