/*
 * Limits: the arithmetic of admission, pure: rates as token buckets, time windows, sources as
 * prefixes with a place each in the book. Moments are loop_clock() nanoseconds.
 */
#ifndef ENGINE_LIMITS_H
#define ENGINE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/book.h"
#include "model/service.h"

/* A bucket holds at most rate.count and starts full; at = 0: never used. */
bool limit_take(int64_t *at, uint32_t *tokens, struct service_rate rate, int64_t now);
/* When the bucket will not be empty: now or later. */
int64_t limit_when(int64_t at, uint32_t tokens, struct service_rate rate, int64_t now);

/* minute of the day 0..1439, weekday 0 = Sunday. No windows: always. */
bool limit_in_windows(const struct service_window *windows, uint32_t n, unsigned minute,
		      unsigned weekday);

/*
 * The source's place, or NULL when it has none and create is false, or all places it could have are
 * held by others. One that replaces another starts new.
 */
struct book_source *limit_source(struct book *book, const struct service_limits *limits,
				 const struct net_addr *addr, bool create, int64_t now);
uint32_t limit_running(const struct book *book, const struct book_source *source);
void limit_hold(struct book *book, struct book_source *source);
void limit_release(struct book *book, struct book_source *source);

/*
 * One more connection from that source: may it, by the rates? A source over its rate stays refused
 * for the penalty. When the whole service is over its rate, sources that used less than a fair
 * share of it are served from a reserve of the same size.
 */
enum refusal limit_rates(struct book *book, const struct service_limits *limits,
			 struct book_source *source, int64_t now);

#endif
