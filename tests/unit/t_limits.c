/*
 * The arithmetic of admission: rates, windows, sources; each also against a slow model that is
 * written another way. XINETD-10, XINETD-18, INETD-15.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/limits.h"
#include "engine/loop.h"

#define S LOOP_SECOND
#define START (INT64_C(1000) * LOOP_SECOND)

static struct net_addr
v4(uint32_t host)
{
	struct net_addr addr = {.family = AF_INET};

	for (int i = 0; i < 4; i++)
		addr.bytes[i] = (uint8_t)(host >> (24 - 8 * i));
	return addr;
}

static struct book *
new_book(void **state)
{
	int fd;
	struct book *book = book_new(&fd);

	assert_non_null(book);
	close(fd);
	return book;
}

static void
test_bucket(void **state)
{
	struct service_rate rate = {.count = 3, .period_s = 6};
	int64_t at = 0, now = START;
	uint32_t tokens = 0;

	for (int i = 0; i < 3; i++)
		assert_true(limit_take(&at, &tokens, rate, now));
	assert_false(limit_take(&at, &tokens, rate, now));
	assert_int_equal(limit_when(at, tokens, rate, now), now + 2 * S);
	assert_false(limit_take(&at, &tokens, rate, now + 2 * S - 1));
	assert_true(limit_take(&at, &tokens, rate, now + 2 * S));
	assert_false(limit_take(&at, &tokens, rate, now + 2 * S));
	/* Idle time gives at most the whole burst. */
	now += 1000 * S;
	for (int i = 0; i < 3; i++)
		assert_true(limit_take(&at, &tokens, rate, now));
	assert_false(limit_take(&at, &tokens, rate, now));
	assert_int_equal(limit_when(0, 0, rate, now), now);
}

/* A clock that went back (another boot's book) must not close the service for ever. */
static void
test_bucket_back(void **state)
{
	struct service_rate rate = {.count = 1, .period_s = 10};
	int64_t at = 100000 * S;
	uint32_t tokens = 0;

	assert_true(limit_take(&at, &tokens, rate, START));
	assert_false(limit_take(&at, &tokens, rate, START));
	/* Values no honest worker writes. */
	at = START;
	tokens = UINT32_MAX;
	assert_true(limit_take(&at, &tokens, rate, START + 1));
	assert_false(limit_take(&at, &tokens, rate, START + 1));
}

/* In any stretch of time at most burst + refill are let through, and no fewer than the refill. */
static void
test_bucket_random(void **state)
{
	srandom(7);
	for (int round = 0; round < 200; round++) {
		struct service_rate rate = {.count = (uint32_t)random() % 50 + 1,
					    .period_s = (uint32_t)random() % 20 + 1};
		int64_t at = 0, now = START + random() % S;
		double level = rate.count; /* the model: real numbers */
		uint32_t tokens = 0;

		for (int i = 0; i < 500; i++) {
			int64_t step = random() % (rate.period_s * S / rate.count * 2 + 1);
			double add = (double)step * rate.count / ((double)rate.period_s * S);
			bool took;

			now += step;
			level = level + add < rate.count ? level + add : rate.count;
			took = limit_take(&at, &tokens, rate, now);
			/* Rounding may decide only what is within a millionth of a token. */
			if (level >= 1.001)
				assert_true(took);
			if (level <= 0.999)
				assert_false(took);
			if (took)
				level -= 1;
		}
	}
}

static bool
at_time(const char *range, unsigned minute, unsigned weekday, uint8_t days)
{
	unsigned h1, m1, h2, m2;
	struct service_window window = {.days = days};

	assert_int_equal(sscanf(range, "%2u:%2u-%2u:%2u", &h1, &m1, &h2, &m2), 4);
	window.from = (uint16_t)(h1 * 60 + m1);
	window.to = (uint16_t)(h2 * 60 + m2);
	return limit_in_windows(&window, 1, minute, weekday);
}

static void
test_windows(void **state)
{
	/* XINETD-10 */
	assert_false(at_time("07:00-20:00", 6 * 60 + 59, 1, 0x7f));
	assert_true(at_time("07:00-20:00", 7 * 60, 1, 0x7f));
	assert_true(at_time("07:00-20:00", 19 * 60 + 59, 1, 0x7f));
	assert_false(at_time("07:00-20:00", 20 * 60 + 1, 1, 0x7f));
	/* Over midnight, and the whole day's end. */
	assert_true(at_time("22:00-06:00", 23 * 60, 1, 0x7f));
	assert_true(at_time("22:00-06:00", 0, 1, 0x7f));
	assert_true(at_time("22:00-06:00", 6 * 60, 1, 0x7f));
	assert_false(at_time("22:00-06:00", 6 * 60 + 1, 1, 0x7f));
	assert_false(at_time("22:00-06:00", 21 * 60 + 59, 1, 0x7f));
	assert_true(at_time("12:00-24:00", 23 * 60 + 59, 1, 0x7f));
	/* Fridays over midnight: Saturday's early hours belong to it, Friday's do not. */
	assert_true(at_time("22:00-06:00", 23 * 60, 5, 1 << 5));
	assert_true(at_time("22:00-06:00", 60, 6, 1 << 5));
	assert_false(at_time("22:00-06:00", 60, 5, 1 << 5));
	assert_false(at_time("22:00-06:00", 23 * 60, 6, 1 << 5));
	/* Saturday's night goes into Sunday, the week's first day. */
	assert_true(at_time("22:00-06:00", 60, 0, 1 << 6));
	assert_false(at_time("08:00-18:00", 9 * 60, 0, 0x3e));
	assert_true(limit_in_windows(NULL, 0, 0, 0));
}

/* The model counts the week's minutes one by one. */
static void
test_windows_random(void **state)
{
	srandom(11);
	for (int round = 0; round < 300; round++) {
		struct service_window w[3];
		uint32_t n = (uint32_t)random() % 3 + 1;
		static bool open[7 * 1440];

		memset(open, 0, sizeof(open));
		for (uint32_t i = 0; i < n; i++) {
			w[i] = (struct service_window){.from = (uint16_t)(random() % 1440),
						       .to = (uint16_t)(random() % 1441),
						       .days = (uint8_t)(random() & 0x7f)};
			for (int day = 0; day < 7; day++) {
				int last = w[i].to + (w[i].from > w[i].to ? 1440 : 0);

				for (int m = w[i].from; w[i].days >> day & 1 && m <= last &&
							(m < 1440 || w[i].from > w[i].to);
				     m++)
					open[(day * 1440 + m) % (7 * 1440)] = true;
			}
		}
		for (int m = 0; m < 7 * 1440; m += 7)
			assert_int_equal(
				limit_in_windows(w, n, (unsigned)m % 1440, (unsigned)m / 1440),
				open[m]);
	}
}

static void
test_prefix(void **state)
{
	struct book *book = new_book(state);
	struct service_limits limits = {.v4_bits = 24, .v6_bits = 60};
	struct net_addr a = v4(0x0a000001), b = v4(0x0a0000ff), c = v4(0x0a000101);
	struct net_addr six = {.family = AF_INET6, .bytes = {0x20, 1, 0, 0, 0, 0, 0, 0x11}};
	struct net_addr near = six, far = six;
	struct book_source *s;

	near.bytes[7] = 0x1f;
	near.bytes[15] = 9;
	far.bytes[7] = 0x21;
	assert_null(limit_source(book, &limits, &a, false, START));
	s = limit_source(book, &limits, &a, true, START);
	assert_non_null(s);
	assert_ptr_equal(limit_source(book, &limits, &b, false, START), s);
	assert_null(limit_source(book, &limits, &c, false, START));
	s = limit_source(book, &limits, &six, true, START);
	assert_ptr_equal(limit_source(book, &limits, &near, false, START), s);
	assert_null(limit_source(book, &limits, &far, false, START));
	book_unmap(book);
}

/* Sources that hold sessions are never forgotten, whoever comes; counts equal the model's. */
static void
test_sources_random(void **state)
{
	enum { SOURCES = 3000, STEPS = 200000 };
	struct book *book = new_book(state);
	struct service_limits limits = {.v4_bits = 32, .v6_bits = 64};
	static uint32_t model[SOURCES];

	srandom(5);
	book->epoch = 1;
	for (int i = 0; i < STEPS; i++) {
		uint32_t n = (uint32_t)random() % SOURCES;
		struct net_addr addr = v4(0x0a000000 + n * 7);
		bool begin = random() % 2 || !model[n];
		struct book_source *s = limit_source(book, &limits, &addr, begin, START + i);

		assert_non_null(s);
		assert_int_equal(limit_running(book, s), model[n]);
		if (begin) {
			limit_hold(book, s);
			model[n]++;
		} else {
			limit_release(book, s);
			model[n]--;
		}
		/* Passers-by, each once. */
		addr = v4(0xc0000000 + (uint32_t)i);
		limit_source(book, &limits, &addr, true, START + i);
	}
	for (uint32_t n = 0; n < SOURCES; n++) {
		struct net_addr addr = v4(0x0a000000 + n * 7);
		struct book_source *s = limit_source(book, &limits, &addr, false, START);

		assert_int_equal(s ? limit_running(book, s) : 0, model[n]);
	}
	/* Another worker counts anew. */
	book->epoch = 2;
	for (uint32_t n = 0; n < SOURCES; n++) {
		struct net_addr addr = v4(0x0a000000 + n * 7);
		struct book_source *s = limit_source(book, &limits, &addr, false, START);

		if (s)
			assert_int_equal(limit_running(book, s), 0);
	}
	book_unmap(book);
}

/* With every place held there is none: the caller must refuse, not forget. */
static void
test_sources_full(void **state)
{
	struct book *book = new_book(state);
	struct service_limits limits = {.v4_bits = 32, .v6_bits = 64};
	uint32_t held = 0, refused = 0;

	for (uint32_t i = 0; i < BOOK_SOURCES + 1000; i++) {
		struct net_addr addr = v4(i);
		struct book_source *s = limit_source(book, &limits, &addr, true, START);

		if (s)
			limit_hold(book, s);
		held += s != NULL;
		refused += s == NULL;
	}
	assert_true(held <= BOOK_SOURCES);
	assert_true(refused >= 1000);
	for (uint32_t i = 0, found = 0; i < BOOK_SOURCES + 1000; i++) {
		struct net_addr addr = v4(i);
		struct book_source *s = limit_source(book, &limits, &addr, false, START);

		found += s != NULL;
		if (s)
			assert_int_equal(limit_running(book, s), 1);
		if (i == BOOK_SOURCES + 999)
			assert_int_equal(found, held);
	}
	book_unmap(book);
}

static enum refusal
come(struct book *book, const struct service_limits *limits, uint32_t host, int64_t now)
{
	struct net_addr addr = v4(host);

	return limit_rates(book, limits, limit_source(book, limits, &addr, true, now), now);
}

/* xinetd's cps, but it is the source that pays: 5 per second, then 3 s for who broke it. */
static void
test_penalty(void **state)
{
	struct book *book = new_book(state);
	struct service_limits limits = {
		.v4_bits = 32, .v6_bits = 64, .rate = {5, 1}, .penalty_s = 3};
	int64_t now = START;

	for (int i = 0; i < 5; i++)
		assert_int_equal(come(book, &limits, 1, now), REFUSAL_NONE);
	assert_int_equal(come(book, &limits, 1, now), REFUSAL_SOURCE_RATE);
	assert_int_equal(come(book, &limits, 1, now + 2 * S), REFUSAL_SOURCE_RATE);
	assert_int_equal(come(book, &limits, 1, now + 3 * S - 1), REFUSAL_SOURCE_RATE);
	assert_int_equal(come(book, &limits, 1, now + 3 * S), REFUSAL_NONE);
	book_unmap(book);
}

/* While one source floods, those that come now and then are served. */
static void
test_fair(void **state)
{
	struct book *book = new_book(state);
	struct service_limits limits = {
		.v4_bits = 32, .v6_bits = 64, .rate = {20, 1}, .penalty_s = 0};
	unsigned flood = 0, quiet = 0, refused_quiet = 0;

	for (int ms = 0; ms < 10000; ms++) {
		int64_t now = START + ms * LOOP_MS;

		flood += come(book, &limits, 1, now) == REFUSAL_NONE;
		if (ms % 500 != 250)
			continue;
		for (uint32_t host = 2; host < 6; host++) {
			if (come(book, &limits, host, now) == REFUSAL_NONE)
				quiet++;
			else
				refused_quiet++;
		}
	}
	assert_int_equal(refused_quiet, 0);
	assert_int_equal(quiet, 80);
	/* The service's rate, and its reserve, are the most that gets through. */
	assert_true(flood + quiet <= 2 * (20 + 200));
	assert_true(flood >= 100);
	book_unmap(book);
}

/* Whatever comes, no more than twice the rate passes, and a source no more than its own. */
static void
test_rates_random(void **state)
{
	srandom(3);
	for (int round = 0; round < 20; round++) {
		struct book *book = new_book(state);
		uint32_t count = (uint32_t)random() % 30 + 1, own = (uint32_t)random() % 10 + 1;
		struct service_limits limits = {.v4_bits = 32,
						.v6_bits = 64,
						.rate = {count, 2},
						.source_rate = {own, 2},
						.penalty_s = (uint32_t)random() % 3};
		unsigned all = 0, by[40] = {0};
		int64_t now = START;

		while (now < START + 20 * S) {
			uint32_t host = (uint32_t)random() % 40;

			now += random() % (20 * LOOP_MS);
			if (come(book, &limits, host, now) != REFUSAL_NONE)
				continue;
			all++;
			by[host]++;
		}
		assert_true(all <= 2 * (count + count * 10 + 1));
		for (size_t i = 0; i < 40; i++)
			assert_true(by[i] <= own + own * 10 + 1);
		book_unmap(book);
	}
}

static void
test_unlimited(void **state)
{
	struct book *book = new_book(state);
	struct service_limits limits = {.v4_bits = 32, .v6_bits = 64};

	for (uint32_t i = 0; i < 100000; i++)
		assert_int_equal(limit_rates(book, &limits, NULL, START), REFUSAL_NONE);
	book_unmap(book);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bucket),         cmocka_unit_test(test_bucket_back),
		cmocka_unit_test(test_bucket_random),  cmocka_unit_test(test_windows),
		cmocka_unit_test(test_windows_random), cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_sources_random), cmocka_unit_test(test_sources_full),
		cmocka_unit_test(test_penalty),        cmocka_unit_test(test_fair),
		cmocka_unit_test(test_rates_random),   cmocka_unit_test(test_unlimited),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
