/*
 * See limits.h. Sources stand in a hash table with open addressing. Its entries are never emptied,
 * only replaced, so a search may stop at the first that was never used. The hash is keyed by a
 * secret of the book: who chooses addresses cannot choose places.
 */
#include "engine/limits.h"

#include <string.h>
#include <sys/socket.h>

#include "engine/loop.h"

enum { PROBES = 64, MINUTES = 1440, WEEK = 7 };

static int64_t
period_of(struct service_rate rate)
{
	return (rate.period_s ? rate.period_s : 1) * LOOP_SECOND;
}

static int64_t
step_of(struct service_rate rate)
{
	int64_t step = period_of(rate) / rate.count;

	return step ? step : 1;
}

static void
refill(int64_t *at, uint32_t *tokens, struct service_rate rate, int64_t now)
{
	int64_t step = step_of(rate), n;

	if (*at <= 0 || now < *at || now - *at >= period_of(rate)) {
		*tokens = rate.count;
		*at = now;
		return;
	}
	n = (now - *at) / step;
	if (*tokens >= rate.count || n >= rate.count - *tokens) {
		*tokens = rate.count;
		*at = now;
		return;
	}
	*tokens += (uint32_t)n;
	*at += n * step;
}

bool
limit_take(int64_t *at, uint32_t *tokens, struct service_rate rate, int64_t now)
{
	refill(at, tokens, rate, now);
	if (!*tokens)
		return false;
	--*tokens;
	return true;
}

int64_t
limit_when(int64_t at, uint32_t tokens, struct service_rate rate, int64_t now)
{
	refill(&at, &tokens, rate, now);
	return tokens ? now : at + step_of(rate);
}

static bool
in_window(const struct service_window *window, unsigned minute, unsigned weekday)
{
	unsigned yesterday = (weekday + WEEK - 1) % WEEK;
	bool today = window->days >> weekday & 1;

	if (window->from <= window->to)
		return today && minute >= window->from && minute <= window->to;
	return (today && minute >= window->from) ||
	       (window->days >> yesterday & 1 && minute <= window->to);
}

bool
limit_in_windows(const struct service_window *windows, uint32_t n, unsigned minute,
		 unsigned weekday)
{
	for (uint32_t i = 0; i < n; i++)
		if (in_window(&windows[i], minute, weekday))
			return true;
	return !n;
}

/*
 * Sources
 */

static void
key_of(const struct service_limits *limits, const struct net_addr *addr, uint8_t key[16])
{
	unsigned bits = addr->family == AF_INET ? limits->v4_bits : limits->v6_bits;
	unsigned most = addr->family == AF_INET ? 32 : 128, whole;

	bits = bits < most ? bits : most;
	whole = bits / 8;
	memset(key, 0, 16);
	memcpy(key, addr->bytes, whole);
	if (bits % 8)
		key[whole] = (uint8_t)(addr->bytes[whole] & 0xff00 >> bits % 8);
}

static uint64_t
mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	wide product =
		(wide)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xd6e8feb86659fd93));

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint32_t
hash_of(uint64_t seed, const uint8_t key[16], uint8_t family)
{
	uint64_t half[2];

	memcpy(half, key, sizeof(half));
	return (uint32_t)mix(mix(half[0] ^ seed, half[1] + family), seed);
}

uint32_t
limit_running(const struct book *book, const struct book_source *source)
{
	return source->epoch == book->epoch ? source->running : 0;
}

/* Which of two that could be replaced matters less: no penalty, then the older. */
static bool
is_older(const struct book_source *a, const struct book_source *b, int64_t now)
{
	bool a_penalty = a->refused_until > now, b_penalty = b->refused_until > now;

	return a_penalty != b_penalty ? b_penalty : a->tokens_at < b->tokens_at;
}

struct book_source *
limit_source(struct book *book, const struct service_limits *limits, const struct net_addr *addr,
	     bool create, int64_t now)
{
	struct book_source *old = NULL;
	uint8_t key[16];
	uint32_t at;

	key_of(limits, addr, key);
	at = hash_of(book->seed, key, addr->family);
	for (uint32_t i = 0; i < PROBES; i++) {
		struct book_source *s = &book->sources[(at + i) % BOOK_SOURCES];

		if (!s->family) {
			old = s;
			break;
		}
		if (s->family == addr->family && memcmp(s->key, key, sizeof(key)) == 0)
			return s;
		if (!limit_running(book, s) && (!old || is_older(s, old, now)))
			old = s;
	}
	if (!create || !old)
		return NULL;
	*old = (struct book_source){.family = addr->family, .epoch = book->epoch};
	memcpy(old->key, key, sizeof(key));
	return old;
}

void
limit_hold(struct book *book, struct book_source *source)
{
	source->running = limit_running(book, source) + 1;
	source->epoch = book->epoch;
}

void
limit_release(struct book *book, struct book_source *source)
{
	uint32_t running = limit_running(book, source);

	source->running = running ? running - 1 : 0;
	source->epoch = book->epoch;
}

/* Counts this period's connections of the source, and its sources. */
static void
count_use(struct book *book, struct book_source *source, struct service_rate rate, int64_t now)
{
	uint32_t window = (uint32_t)(now / period_of(rate));

	if (book->window != window) {
		book->active_before = book->window + 1 == window ? book->active : 0;
		book->active = 0;
		book->window = window;
	}
	if (source->window != window || !source->used) {
		source->window = window;
		source->used = 0;
		book->active++;
	}
	source->used++;
}

static uint32_t
fair_share(const struct book *book, struct service_rate rate)
{
	uint32_t n = book->active > book->active_before ? book->active : book->active_before;
	uint32_t share = rate.count / (n ? n : 1);

	return share ? share : 1;
}

enum refusal
limit_rates(struct book *book, const struct service_limits *limits, struct book_source *source,
	    int64_t now)
{
	bool own = limits->source_rate.count;
	struct service_rate one = own ? limits->source_rate : limits->rate;

	if (source && source->refused_until > now) {
		source->refused++;
		return REFUSAL_SOURCE_RATE;
	}
	if (source && one.count && !limit_take(&source->tokens_at, &source->tokens, one, now)) {
		source->refused_until = now + limits->penalty_s * LOOP_SECOND;
		source->refused++;
		return REFUSAL_SOURCE_RATE;
	}
	if (!limits->rate.count)
		return REFUSAL_NONE;
	if (source)
		count_use(book, source, limits->rate, now);
	if (limit_take(&book->tokens_at, &book->tokens, limits->rate, now))
		return REFUSAL_NONE;
	if (source && source->used <= fair_share(book, limits->rate) &&
	    limit_take(&book->reserve_at, &book->reserve, limits->rate, now))
		return REFUSAL_NONE;
	return REFUSAL_RATE;
}
