/*
 * Values that say who may use a service, when and how often, and what is written about it.
 * Source: xinetd.conf(5); attributes of our own: gatehouse.conf(5).
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include "base/limits.h"
#include "base/num.h"
#include "base/vec.h"
#include "conf/xinetd_differs.h"
#include "conf/xinetd_take.h"

#define WORD(set) (&(set)->words[0])
#define FIRST(set) ((set)->words[0].text)
#define SHOW(word) SPAN_ARG(xin_cut((word)->text))

/* Who -------------------------------------------------------------------------------------------
 */

/* May both be, or hold, the same address? xinetd takes off whatever means the same. */
static bool
may_be_same(struct span a, struct span b)
{
	struct span rest_a = a, rest_b = b, host_a = span_cut(&rest_a, '/'),
		    host_b = span_cut(&rest_b, '/');
	size_t group_a = span_find(a, '{'), group_b = span_find(b, '{');
	size_t head = group_a < group_b ? group_a : group_b;
	struct net_addr addr_a, addr_b;

	if (group_a < a.n || group_b < b.n)
		return a.n >= head && b.n >= head && memcmp(a.p, b.p, head) == 0;
	if (net_addr_parse(host_a, &addr_a) && net_addr_parse(host_b, &addr_b))
		return net_addr_is(&addr_a, &addr_b);
	return host_a.n == host_b.n && strncasecmp(host_a.p, host_b.p, host_a.n) == 0;
}

/* By the text. xinetd says nothing where it finds none, and the address stays in. */
static void
take_off(struct xin_draft *draft, struct xin_items *list, const struct xin_set *set)
{
	for (uint32_t i = 0; i < set->n; i++) {
		const char *left = NULL;
		size_t kept = 0;

		for (size_t k = 0; k < list->n; k++) {
			if (span_is(set->words[i].text, list->v[k].text))
				continue;
			if (may_be_same(set->words[i].text, span_of(list->v[k].text)))
				left = list->v[k].text;
			list->v[kept++] = list->v[k];
		}
		if (kept == list->n)
			xin_wrong(draft, set, &set->words[i],
				  "'%.*s' is not in the list, so it cannot be taken off",
				  SHOW(&set->words[i]));
		else if (left)
			xin_wrong(draft, set, &set->words[i],
				  "'%.*s' is taken off, but '%s' may be the same and is left",
				  SHOW(&set->words[i]), left);
		list->n = kept;
	}
}

static void
take_items(struct xin_draft *draft, const struct xin_set *set, struct xin_items *list)
{
	struct xin_items copy = {0};

	for (size_t i = 0; i < list->n && set->op != XINETD_SET; i++)
		vec_push(draft->reading->scratch, &copy, list->v[i]);
	*list = copy;
	if (set->op == XINETD_REMOVE) {
		take_off(draft, list, set);
		return;
	}
	for (uint32_t i = 0; i < set->n; i++)
		vec_push(draft->reading->scratch, list,
			 (struct access_item){
				 .text = xin_text(draft, &set->words[i]),
				 .file = draft->file,
				 .line = set->words[i].line,
				 .col = set->words[i].col,
			 });
}

void
take_only_from(struct xin_draft *draft, const struct xin_set *set)
{
	draft->has_only_from = true;
	take_items(draft, set, &draft->only_from);
}

void
take_no_access(struct xin_draft *draft, const struct xin_set *set)
{
	take_items(draft, set, &draft->no_access);
}

void
take_libwrap(struct xin_draft *draft, const struct xin_set *set)
{
	draft->wrap = xin_text(draft, WORD(set));
}

/* Minutes or a word. */
void
take_deny_time(struct xin_draft *draft, const struct xin_set *set)
{
	uint32_t minutes = 0;

	if (span_is_nocase(FIRST(set), "FOREVER"))
		draft->s.deny_time_s = UINT32_MAX;
	else if (span_is_nocase(FIRST(set), "NEVER"))
		draft->s.deny_time_s = 0;
	else if (xin_number(draft, set, WORD(set), (UINT32_MAX - 1) / 60, &minutes))
		draft->s.deny_time_s = minutes * 60;
}

/* When ------------------------------------------------------------------------------------------
 */

/* 24:00, as an end, is the day's last minute. */
static bool
clock_time(struct span s, bool end, uint16_t *ret)
{
	struct span hour = span_cut(&s, ':');
	uint32_t h, m;

	if (!hour.n || s.n != 2 || !num_u32(hour, 24, &h) || !num_u32(s, 59, &m))
		return false;
	if (h == 24 && (m || !end))
		return false;
	*ret = h == 24 ? 24 * 60 - 1 : (uint16_t)(h * 60 + m);
	return true;
}

static int
weekday(struct span s)
{
	for (int i = 0; i < SERVICE_WEEKDAYS; i++)
		if (span_is_nocase(s, service_weekdays[i]))
			return i;
	return -1;
}

/* "Mon-Fri,Sun" as bits. */
static bool
weekdays(struct span s, uint8_t *ret)
{
	*ret = 0;
	while (s.n) {
		struct span last = span_cut(&s, ','), first = span_cut(&last, '-');
		int from = weekday(first), to = last.n ? weekday(last) : from;

		if (from < 0 || to < 0)
			return false;
		for (;; from = (from + 1) % SERVICE_WEEKDAYS) {
			*ret = (uint8_t)(*ret | 1u << from);
			if (from == to)
				break;
		}
	}
	return *ret != 0;
}

static bool
window_of(struct span s, struct service_window *ret)
{
	struct span from, to = s;

	ret->days = 0x7f;
	if (span_find(s, '@') < s.n && !weekdays(span_cut(&to, '@'), &ret->days))
		return false;
	from = span_cut(&to, '-');
	return clock_time(from, false, &ret->from) && clock_time(to, true, &ret->to);
}

void
take_access_times(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_window *windows =
		arena_array(draft->reading->serve->arena, set->n, sizeof(*windows));

	for (uint32_t i = 0; i < set->n; i++) {
		struct span s = set->words[i].text;

		if (!window_of(s, &windows[i]))
			xin_wrong(draft, set, &set->words[i],
				  "'%.*s' is no interval like 8:00-17:30 or "
				  "Mon-Fri@22:00-06:00",
				  SHOW(&set->words[i]));
		if (windows[i].from >= windows[i].to || span_find(s, '@') < s.n ||
		    span_ends(s, "-24:00"))
			draft->odd |= 1u << XIN_DIFFERS_TIMES;
	}
	draft->s.limits.windows = windows;
	draft->s.limits.n_windows = set->n;
}

/* A name below /usr/share/zoneinfo, or as POSIX writes them: "CET-1CEST,M3.5.0,M10.5.0/3". */
static bool
is_time_zone(struct xin_draft *draft, struct span s)
{
	char *path = arena_printf(draft->reading->scratch, "/usr/share/zoneinfo/%.*s", SPAN_ARG(s));
	size_t letters = 0;
	struct stat st;

	if (!strstr(path, "..") && root_stat(draft->reading->options->root, path, &st) == 0)
		return S_ISREG(st.st_mode);
	while (letters < s.n && ((s.p[letters] | 32) >= 'a' && (s.p[letters] | 32) <= 'z'))
		letters++;
	s = span_skip(s, letters);
	if (s.n && strchr("+-", s.p[0]))
		s = span_skip(s, 1);
	return letters >= 3 && (s.n ? s.p[0] >= '0' && s.p[0] <= '9' : false);
}

void
take_time_zone(struct xin_draft *draft, const struct xin_set *set)
{
	if (is_time_zone(draft, FIRST(set)))
		draft->s.limits.time_zone = xin_text(draft, WORD(set));
	else
		xin_wrong(draft, set, WORD(set), "'%.*s' is no time zone", SHOW(WORD(set)));
}

/* How often -------------------------------------------------------------------------------------
 */

static void
take_count(struct xin_draft *draft, const struct xin_set *set, uint32_t *ret)
{
	if (span_is_nocase(FIRST(set), "UNLIMITED"))
		*ret = SERVICE_UNLIMITED;
	else
		(void)xin_number(draft, set, WORD(set), SERVICE_UNLIMITED - 1, ret);
}

void
take_instances(struct xin_draft *draft, const struct xin_set *set)
{
	take_count(draft, set, &draft->s.limits.instances);
}

void
take_per_source(struct xin_draft *draft, const struct xin_set *set)
{
	take_count(draft, set, &draft->s.limits.per_source);
}

/* At most so many in so long: buckets count in milliseconds of 32 bits. */
#define MOST_RATE 1000000u
#define MOST_SECONDS (366u * 24 * 3600)

static void
once(struct xin_draft *draft, const struct xin_set *set)
{
	if (draft->has_rate)
		xin_wrong(draft, set, NULL, "cps and rate set the same: only one of them");
	draft->has_rate = true;
}

void
take_cps(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_limits *l = &draft->s.limits;

	once(draft, set);
	l->rate.period_s = 1;
	(void)xin_number(draft, set, WORD(set), MOST_RATE, &l->rate.count);
	(void)xin_number(draft, set, &set->words[1], MOST_SECONDS, &l->penalty_s);
}

/* N [SECONDS] */
void
take_rate(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_limits *l = &draft->s.limits;
	struct service_rate *rate = set->row->attr == XIN_RATE ? &l->rate : &l->source_rate;

	if (rate == &l->rate)
		once(draft, set);
	rate->period_s = 1;
	if (span_is_nocase(FIRST(set), "UNLIMITED") && set->n == 1)
		rate->count = 0;
	else if (xin_number(draft, set, WORD(set), MOST_RATE, &rate->count) && !rate->count)
		xin_wrong(draft, set, WORD(set), "must be at least 1, or UNLIMITED");
	if (set->n > 1 && xin_number(draft, set, &set->words[1], MOST_SECONDS, &rate->period_s) &&
	    !rate->period_s)
		xin_wrong(draft, set, &set->words[1], "must be at least 1");
}

void
take_penalty(struct xin_draft *draft, const struct xin_set *set)
{
	(void)xin_number(draft, set, WORD(set), MOST_SECONDS, &draft->s.limits.penalty_s);
}

void
take_session_time(struct xin_draft *draft, const struct xin_set *set)
{
	if (span_is_nocase(FIRST(set), "UNLIMITED"))
		draft->s.limits.session_s = 0;
	else if (xin_number(draft, set, WORD(set), MOST_SECONDS, &draft->s.limits.session_s) &&
		 !draft->s.limits.session_s)
		xin_wrong(draft, set, WORD(set), "must be at least 1, or UNLIMITED");
}

void
take_source_prefix(struct xin_draft *draft, const struct xin_set *set)
{
	uint32_t v4 = 0, v6 = 0;

	if (!xin_number(draft, set, WORD(set), 32, &v4) ||
	    !xin_number(draft, set, &set->words[1], 128, &v6))
		return;
	if (!v4 || !v6)
		xin_wrong(draft, set, NULL, "a prefix of no bits is everybody");
	draft->s.limits.v4_bits = (uint8_t)v4;
	draft->s.limits.v6_bits = (uint8_t)v6;
}

void
take_on_limit(struct xin_draft *draft, const struct xin_set *set)
{
	static const struct xinetd_word names[] = {{"refuse", 1 + OVER_REFUSE},
						   {"queue", 1 + OVER_QUEUE}};
	unsigned n = xin_name(draft, set, WORD(set), &NAMES(names));

	draft->s.limits.over = n ? (enum service_over)(n - 1) : OVER_REFUSE;
}

/* Digits with a point: no exponent, no sign, no locale. */
void
take_max_load(struct xin_draft *draft, const struct xin_set *set)
{
	struct span fraction = FIRST(set), whole = span_cut(&fraction, '.');
	uint32_t a = 0, b = 0;

	if ((whole.n && !num_u32(whole, 1000000, &a)) || fraction.n > 6 ||
	    (fraction.n && !num_u32(fraction, 999999, &b)) || !(a || b)) {
		xin_wrong(draft, set, WORD(set), "'%.*s' is no load, like 2.5", SHOW(WORD(set)));
		return;
	}
	draft->s.limits.max_load = b;
	for (size_t i = 0; i < fraction.n; i++)
		draft->s.limits.max_load /= 10;
	draft->s.limits.max_load += a;
}

/* What is written -------------------------------------------------------------------------------
 */

static void
take_bits(struct xin_draft *draft, const struct xin_set *set, const struct xinetd_words *names,
	  unsigned *bits)
{
	unsigned found = 0;

	for (uint32_t i = 0; i < set->n; i++)
		found |= xin_name(draft, set, &set->words[i], names);
	if (set->op == XINETD_REMOVE)
		*bits &= ~found;
	else
		*bits = set->op == XINETD_SET ? found : *bits | found;
}

void
take_log_on_success(struct xin_draft *draft, const struct xin_set *set)
{
	static const struct xinetd_word names[] = {
		{"PID", SERVICE_LOG_PID},           {"HOST", SERVICE_LOG_HOST},
		{"USERID", SERVICE_LOG_USERID},     {"EXIT", SERVICE_LOG_EXIT},
		{"DURATION", SERVICE_LOG_DURATION}, {"TRAFFIC", SERVICE_LOG_TRAFFIC},
	};

	take_bits(draft, set, &NAMES(names), &draft->s.log_success);
}

void
take_log_on_failure(struct xin_draft *draft, const struct xin_set *set)
{
	static const struct xinetd_word names[] = {
		{"HOST", SERVICE_LOG_HOST},
		{"USERID", SERVICE_LOG_USERID},
		{"ATTEMPT", SERVICE_LOG_ATTEMPT},
	};

	take_bits(draft, set, &NAMES(names), &draft->s.log_failure);
}

static void
take_syslog(struct xin_draft *draft, const struct xin_set *set)
{
	draft->sink.level = LOG_INFO;
	if (set->n < 2 || set->n > 3) {
		xin_wrong(draft, set, NULL, "SYSLOG takes a facility and perhaps a level");
		return;
	}
	draft->sink.facility = (int)xin_name(draft, set, &set->words[1], &xinetd_facilities) - 1;
	if (set->n > 2)
		draft->sink.level = (int)xin_name(draft, set, &set->words[2], &xinetd_levels) - 1;
}

/* xinetd's own: one percent more than soft, at least 5 KB and at most 20 KB. */
static uint64_t
hard_of(uint64_t soft)
{
	uint64_t more = soft / 100;

	if (more < 5u << 10)
		more = 5u << 10;
	if (more > 20u << 10)
		more = 20u << 10;
	return soft + more;
}

static void
take_log_file(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_sink *sink = &draft->sink;

	if (set->n < 2) {
		xin_wrong(draft, set, NULL, "%.*s takes a path and perhaps two sizes",
			  SHOW(WORD(set)));
		return;
	}
	sink->path = xin_text(draft, &set->words[1]);
	if (sink->path[0] != '/')
		xin_wrong(draft, set, &set->words[1], "'%.*s' is no absolute path",
			  SHOW(&set->words[1]));
	if (set->n < 3)
		return;
	if (!num_size(set->words[2].text, INT64_MAX, &sink->soft))
		xin_wrong(draft, set, &set->words[2], "'%.*s' is no size (digits, K or M)",
			  SHOW(&set->words[2]));
	sink->hard = sink->soft ? hard_of(sink->soft) : 0;
	if (set->n > 3 &&
	    (!num_size(set->words[3].text, INT64_MAX, &sink->hard) || sink->hard < sink->soft))
		xin_wrong(draft, set, &set->words[3], "'%.*s' is no size above the soft limit",
			  SHOW(&set->words[3]));
}

void
take_log_type(struct xin_draft *draft, const struct xin_set *set)
{
	static const struct xinetd_word names[] = {
		{"SYSLOG", 1 + SINK_SYSLOG},   {"FILE", 1 + SINK_FILE},     {"JSON", 1 + SINK_JSON},
		{"JOURNAL", 1 + SINK_JOURNAL}, {"STDERR", 1 + SINK_STDERR}, {"NONE", 1 + SINK_NONE},
	};
	unsigned n = xin_name(draft, set, WORD(set), &NAMES(names));

	draft->sink =
		(struct service_sink){.kind = n ? (enum service_sink_kind)(n - 1) : SINK_NONE};
	draft->has_sink = true;
	if (!n)
		return;
	if (draft->sink.kind == SINK_SYSLOG)
		take_syslog(draft, set);
	else if (draft->sink.kind == SINK_FILE || draft->sink.kind == SINK_JSON)
		take_log_file(draft, set);
	else if (set->n > 1)
		xin_wrong(draft, set, &set->words[1], "%.*s takes nothing more", SHOW(WORD(set)));
}

void
take_banner(struct xin_draft *draft, const struct xin_set *set)
{
	struct service_banners *b = &draft->banners;
	const char *path = xin_text(draft, WORD(set)), *bytes, *why = NULL;
	uint32_t n = 0;

	if (path[0] != '/') {
		xin_wrong(draft, set, WORD(set), "'%.*s' is no absolute path", SHOW(WORD(set)));
		return;
	}
	bytes = conf_banner(draft->reading, path, &n, &why);
	if (!bytes)
		xin_wrong(draft, set, WORD(set), "%.*s %s", SHOW(WORD(set)), why);
	draft->has_banner = true;
	if (set->row->attr == XINETD_BANNER_SUCCESS) {
		b->success = bytes;
		b->n_success = n;
	} else if (set->row->attr == XINETD_BANNER_FAIL) {
		b->fail = bytes;
		b->n_fail = n;
	} else {
		b->always = bytes;
		b->n_always = n;
	}
}

void
take_stderr(struct xin_draft *draft, const struct xin_set *set)
{
	static const struct xinetd_word names[] = {
		{"client", 1 + STDERR_CLIENT}, {"log", 1 + STDERR_LOG}, {"null", 1 + STDERR_NULL}};
	unsigned n = xin_name(draft, set, WORD(set), &NAMES(names));

	draft->s.stderr_to = n ? (enum service_stderr)(n - 1) : STDERR_CLIENT;
}
