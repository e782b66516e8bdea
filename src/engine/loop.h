/*
 * Loop: one thread waiting for descriptors, signals and moments, epoll(7). Each process of the
 * server has one. With nothing to do it sleeps without a timer, so an idle server costs nothing.
 */
#ifndef ENGINE_LOOP_H
#define ENGINE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "base/attr.h"

struct loop;

/* Lives in its owner's struct; must not move while it is watched. */
struct loop_watch {
	int fd;
	uint32_t events; /* EPOLLIN ...; 0 = not watched */
	void (*ready)(struct loop *loop, struct loop_watch *watch, uint32_t events);
};

/* One moment; at = 0: not set. */
struct loop_timer {
	int64_t at; /* loop_now() nanoseconds */
	void (*due)(struct loop *loop, struct loop_timer *timer);
	size_t place; /* in the heap, from 1; 0 = not in it */
};

struct loop {
	int epoll;
	bool stop;
	int64_t now; /* CLOCK_MONOTONIC, of this turn */
	struct loop_timer **heap;
	size_t n_heap, cap_heap;
	struct epoll_event *turn; /* events of this turn not handed out yet */
	int n_turn;
	/* Called at the end of each turn, before it sleeps; may be NULL. */
	void (*rest)(struct loop *loop);
	void *owner;
};

must_check int loop_open(struct loop *loop);
void loop_close(struct loop *loop);
/* Changes what is waited for; events 0 ends the watching. 0 or -errno. */
int loop_watch(struct loop *loop, struct loop_watch *watch, uint32_t events);
/* Sets or (at 0) removes the moment. */
void loop_at(struct loop *loop, struct loop_timer *timer, int64_t at);
int64_t loop_clock(void); /* CLOCK_MONOTONIC in nanoseconds */
int64_t loop_date(void);  /* CLOCK_REALTIME: nanoseconds since 1970 */
/* Until loop->stop. */
int loop_run(struct loop *loop);

#define LOOP_SECOND INT64_C(1000000000)
#define LOOP_MS INT64_C(1000000)

/* The struct a watch or timer is a member of. */
#define OWNER_OF(member_ptr, type, member)                                                         \
	((type *)(void *)((char *)(member_ptr)-offsetof(type, member)))

#endif
