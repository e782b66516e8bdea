/* See oracle.h. */
#include "engine/oracle.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "base/attr.h"
#include "base/vec.h"
#include "engine/limits.h"
#include "engine/loop.h"

static const char nobody_to_ask[] = "only the running server knows";

/* A book is a worker's to write: its counts are believed only inside the array. */
static uint32_t
places(const struct book *book)
{
	uint32_t top = atomic_load(&book->top);

	return top < BOOK_SESSIONS ? top : BOOK_SESSIONS;
}

static uint32_t
sessions(const struct oracle *o, const struct net_prefix *source)
{
	uint32_t n = 0;

	for (uint32_t i = 0, top = places(o->book); i < top; i++) {
		struct net_addr addr = o->book->sessions[i].addr;
		uint32_t state = atomic_load(&o->book->sessions[i].state);

		if (state != BOOK_RUNNING && state != BOOK_ASKING)
			continue;
		addr = net_addr_unmap(&addr);
		n += !source || net_prefix_has(source, &addr);
	}
	return n;
}

/* Counts --------------------------------------------------------------------------------- */

static void
ask_denied(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	step->refusal = REFUSAL_DENIED;
	step->why = "touched no sensor";
	if (!o->denied) {
		step->says = ORACLE_UNSEEN;
		step->why = nobody_to_ask;
		return;
	}
	for (uint32_t i = 0; i < o->denied->n && i < BOOK_DENIED; i++) {
		if (o->denied->v[i].until <= o->at ||
		    !net_addr_is(&o->denied->v[i].addr, &o->client->addr))
			continue;
		step->says = ORACLE_REFUSES;
		step->why = refusal_says(REFUSAL_DENIED);
	}
}

static void
count(const struct oracle *o, struct arena *arena, struct oracle_step *step, uint32_t limit,
      const struct net_prefix *source)
{
	uint32_t now;

	if (limit == SERVICE_UNLIMITED) {
		step->why = "no limit";
		return;
	}
	if (!o->book) {
		step->says = ORACLE_UNSEEN;
		step->why = arena_printf(arena, "at most %u; %s how many there are", limit,
					 nobody_to_ask);
		return;
	}
	now = sessions(o, source);
	step->says = now >= limit ? ORACLE_REFUSES : ORACLE_PASSES;
	step->why = arena_printf(arena, "%u of %u", now, limit);
}

static void
ask_instances(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	step->refusal = REFUSAL_INSTANCES;
	count(o, arena, step, o->service->limits.instances, NULL);
}

static void
ask_per_source(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	const struct service_limits *limits = &o->service->limits;
	const struct net_addr *addr = &o->client->addr;
	struct net_prefix source = {
		.addr = *addr, .bits = addr->family == AF_INET ? limits->v4_bits : limits->v6_bits};

	step->refusal = REFUSAL_PER_SOURCE;
	count(o, arena, step, limits->per_source, &source);
}

static void
ask_processes(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	uint32_t limit = o->serve->process_limit;

	step->refusal = REFUSAL_PROCESS_LIMIT;
	if (!limit || o->service->kind != SERVICE_PROGRAM) {
		step->why = "no limit";
	} else if (o->processes < 0) {
		step->says = ORACLE_UNSEEN;
		step->why = arena_printf(arena, "at most %u in all; %s how many there are", limit,
					 nobody_to_ask);
	} else {
		step->says = o->processes >= limit ? ORACLE_REFUSES : ORACLE_PASSES;
		step->why =
			arena_printf(arena, "%lld of %u in all", (long long)o->processes, limit);
	}
}

static const char *
rate_text(struct arena *arena, const char *who, const struct service_rate *rate)
{
	return rate->count ? arena_printf(arena, "%s at most %u in %u s", who, rate->count,
					  rate->period_s)
			   : "";
}

/* Buckets are looked at in a copy. */
static void
ask_rates(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	const struct service_limits *limits = &o->service->limits;
	const char *all = rate_text(arena, "all together", &limits->rate);
	const char *one = rate_text(arena, "one source", &limits->source_rate);
	const char *and = *all && *one ? ", " : "";
	const struct book_source *source = NULL;
	int64_t now = loop_clock();

	step->refusal = REFUSAL_RATE;
	if (!*all && !*one) {
		step->why = "no limit";
		return;
	}
	step->why = arena_printf(arena, "%s%s%s", all, and, one);
	if (!o->book) {
		step->says = ORACLE_UNSEEN;
		return;
	}
	/* Looking up a source without making one changes nothing in the book. */
	source = limit_source((struct book *)(uintptr_t)o->book, limits, &o->client->addr, false,
			      now);
	if (source && source->refused_until > now) {
		step->says = ORACLE_REFUSES;
		step->refusal = REFUSAL_SOURCE_RATE;
		step->why = arena_printf(
			arena, "%s%s%s; this source broke it and is refused for %lld s more", all,
			and, one, (long long)((source->refused_until - now) / LOOP_SECOND) + 1);
	}
}

static void
ask_load(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	double most = o->service->limits.max_load, load;
	struct sysinfo info;

	step->refusal = REFUSAL_LOAD;
	if (most <= 0) {
		step->why = "no limit";
		return;
	}
	if (!o->book) {
		step->says = ORACLE_UNSEEN;
		step->why = arena_printf(arena, "below %.2f; it is that of the moment", most);
		return;
	}
	load = sysinfo(&info) < 0 ? most : (double)info.loads[0] / (1 << SI_LOAD_SHIFT);
	step->says = load >= most ? ORACLE_REFUSES : ORACLE_PASSES;
	step->why = arena_printf(arena, "load %.2f, must be below %.2f", load, most);
}

/* Times ---------------------------------------------------------------------------------- */

/* The zone is the process's, so it is put back. */
static bool
local_time(const char *zone, time_t at, struct tm *ret)
{
	const char *old = getenv("TZ");
	char *keep = old ? strdup(old) : NULL;
	bool fine;

	if (zone)
		setenv("TZ", zone, 1);
	tzset();
	fine = localtime_r(&at, ret) != NULL;
	if (zone && keep)
		setenv("TZ", keep, 1);
	else if (zone)
		unsetenv("TZ");
	tzset();
	free(keep);
	return fine;
}

static void
ask_times(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	const struct service_limits *limits = &o->service->limits;
	struct tm tm;

	step->refusal = REFUSAL_TIME;
	if (!limits->n_windows) {
		step->why = "always";
		return;
	}
	step->file = o->service->place.file;
	step->line = o->service->place.line;
	/* Unknown is never allowed. */
	if (!local_time(limits->time_zone, (time_t)o->at, &tm)) {
		step->says = ORACLE_REFUSES;
		step->why = "the time is unknown";
		return;
	}
	if (!limit_in_windows(limits->windows, limits->n_windows,
			      (unsigned)(tm.tm_hour * 60 + tm.tm_min), (unsigned)tm.tm_wday))
		step->says = ORACLE_REFUSES;
	step->why = arena_printf(arena, "%s %02d:%02d%s%s is %s access_times",
				 service_weekdays[tm.tm_wday], tm.tm_hour, tm.tm_min,
				 limits->time_zone ? " " : "",
				 limits->time_zone ? limits->time_zone : "",
				 step->says == ORACLE_REFUSES ? "outside" : "inside");
}

/* Rules ---------------------------------------------------------------------------------- */

static void
ask_rules(const struct access *access, const char *daemon, const struct access_client *client,
	  struct oracle_step *step)
{
	static const char *const open[] = {
		[ACCESS_NEED_NAME] = "depends on the client's name",
		[ACCESS_NEED_LOCAL_NAME] = "depends on the name of the address it comes to",
		[ACCESS_NEED_USER] = "depends on the user the client's ident server names",
		[ACCESS_NEED_COMMAND] = "depends on the exit status of a command",
	};
	struct access_verdict verdict = {.answer = ACCESS_DENY};

	access_decide(access, daemon, client, &verdict);
	step->answer = verdict.answer;
	step->file = verdict.file;
	step->line = verdict.line;
	step->rule = verdict.text;
	step->why = verdict.why;
	step->says = verdict.answer == ACCESS_ALLOW  ? ORACLE_PASSES
		     : verdict.answer == ACCESS_DENY ? ORACLE_REFUSES
						     : ORACLE_OPEN;
	if (step->says == ORACLE_OPEN)
		step->why = open[verdict.answer];
	if (step->says == ORACLE_REFUSES && verdict.refusal)
		step->refusal = verdict.refusal;
}

static void
ask_lists(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	step->refusal = REFUSAL_ADDRESS;
	if (o->service->access)
		ask_rules(o->service->access, NULL, o->client, step);
	else
		step->why = "no list";
}

static void
ask_hosts(const struct oracle *o, struct arena *arena, struct oracle_step *step)
{
	step->refusal = REFUSAL_WRAP;
	if (!o->service->wrap)
		step->why = "this service does not ask them";
	else if (!o->serve->hosts)
		step->why = "not asked by this server";
	else
		ask_rules(o->hosts ? o->hosts : o->serve->hosts, o->service->wrap, o->client, step);
}

static const struct {
	const char *check;
	void (*ask)(const struct oracle *o, struct arena *arena, struct oracle_step *step);
} checks[] = {
	{"deny list", ask_denied},    {"instances", ask_instances}, {"per source", ask_per_source},
	{"processes", ask_processes}, {"rates", ask_rates},         {"load", ask_load},
	{"times", ask_times},         {"addresses", ask_lists},     {"hosts files", ask_hosts},
};

size_t
oracle_ask(const struct oracle *oracle, struct arena *arena, struct oracle_step **ret)
{
	struct oracle_step *steps = arena_array(arena, COUNT_OF(checks), sizeof(*steps));

	for (size_t i = 0; i < COUNT_OF(checks); i++) {
		steps[i].check = checks[i].check;
		checks[i].ask(oracle, arena, &steps[i]);
		if (steps[i].says != ORACLE_REFUSES)
			steps[i].refusal = REFUSAL_NONE;
	}
	*ret = steps;
	return COUNT_OF(checks);
}

const struct oracle_step *
oracle_deciding(const struct oracle_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (steps[i].says == ORACLE_REFUSES || steps[i].says == ORACLE_OPEN)
			return &steps[i];
	return NULL;
}

const char *
oracle_says_name(enum oracle_says says)
{
	static const char *const names[] = {
		[ORACLE_PASSES] = "pass",
		[ORACLE_REFUSES] = "refuse",
		[ORACLE_OPEN] = "open",
		[ORACLE_UNSEEN] = "unseen",
	};

	return names[says];
}
