/* See loop.h. Timers stand in a binary heap by their moment. */
#include "engine/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"

enum { TURN_EVENTS = 64 };

int64_t
loop_clock(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * LOOP_SECOND + t.tv_nsec;
}

int64_t
loop_date(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * LOOP_SECOND + now.tv_nsec;
}

int
loop_open(struct loop *loop)
{
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->now = loop_clock();
	return loop->epoll < 0 ? -errno : 0;
}

void
loop_close(struct loop *loop)
{
	fd_close(loop->epoll);
	free(loop->heap);
	loop->heap = NULL;
	loop->n_heap = loop->cap_heap = 0;
	loop->epoll = -1;
}

/* A watch that ends in the middle of a turn must not be called with what it left behind. */
static void
forget_event(struct loop *loop, const struct loop_watch *watch)
{
	for (int i = 0; i < loop->n_turn; i++)
		if (loop->turn[i].data.ptr == watch)
			loop->turn[i].data.ptr = NULL;
}

int
loop_watch(struct loop *loop, struct loop_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	int op = !watch->events ? EPOLL_CTL_ADD : events ? EPOLL_CTL_MOD : EPOLL_CTL_DEL;

	if (watch->events == events)
		return 0;
	if (!events)
		forget_event(loop, watch);
	if (epoll_ctl(loop->epoll, op, watch->fd, &event) < 0 && events)
		return -errno; /* as it was before: it can be tried again */
	watch->events = events;
	return 0;
}

static void
heap_set(struct loop *loop, size_t place, struct loop_timer *timer)
{
	loop->heap[place - 1] = timer;
	timer->place = place;
}

static void
heap_up(struct loop *loop, struct loop_timer *timer)
{
	size_t at = timer->place;

	while (at > 1 && loop->heap[at / 2 - 1]->at > timer->at) {
		heap_set(loop, at, loop->heap[at / 2 - 1]);
		at /= 2;
	}
	heap_set(loop, at, timer);
}

static void
heap_down(struct loop *loop, struct loop_timer *timer)
{
	size_t at = timer->place;

	for (size_t child; (child = at * 2) <= loop->n_heap; at = child) {
		if (child < loop->n_heap && loop->heap[child]->at < loop->heap[child - 1]->at)
			child++;
		if (loop->heap[child - 1]->at >= timer->at)
			break;
		heap_set(loop, at, loop->heap[child - 1]);
	}
	heap_set(loop, at, timer);
}

static void
heap_remove(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer *last = loop->heap[--loop->n_heap];

	if (last != timer) {
		heap_set(loop, timer->place, last);
		heap_up(loop, last);
		heap_down(loop, last);
	}
	timer->place = 0;
}

void
loop_at(struct loop *loop, struct loop_timer *timer, int64_t at)
{
	if (timer->place)
		heap_remove(loop, timer);
	timer->at = at;
	if (!at)
		return;
	if (loop->n_heap == loop->cap_heap) {
		loop->cap_heap = loop->cap_heap ? loop->cap_heap * 2 : 16;
		loop->heap = reallocarray(loop->heap, loop->cap_heap, sizeof(*loop->heap));
		if (!loop->heap)
			err_no_memory();
	}
	timer->place = ++loop->n_heap;
	heap_up(loop, timer);
}

static void
run_timers(struct loop *loop)
{
	while (loop->n_heap && loop->heap[0]->at <= loop->now && !loop->stop) {
		struct loop_timer *timer = loop->heap[0];

		heap_remove(loop, timer);
		timer->at = 0;
		timer->due(loop, timer);
	}
}

static int
wait_events(struct loop *loop, struct epoll_event *events)
{
	struct timespec wait = {0};
	int64_t ns;

	if (!loop->n_heap)
		return epoll_pwait2(loop->epoll, events, TURN_EVENTS, NULL, NULL);
	ns = loop->heap[0]->at - loop_clock();
	if (ns > 0)
		wait = (struct timespec){.tv_sec = ns / LOOP_SECOND, .tv_nsec = ns % LOOP_SECOND};
	return epoll_pwait2(loop->epoll, events, TURN_EVENTS, &wait, NULL);
}

int
loop_run(struct loop *loop)
{
	struct epoll_event events[TURN_EVENTS];

	while (!loop->stop) {
		int n = wait_events(loop, events);

		if (n < 0 && errno != EINTR)
			return -errno;
		loop->now = loop_clock();
		loop->turn = events;
		loop->n_turn = n;
		for (int i = 0; i < n && !loop->stop; i++) {
			struct loop_watch *watch = events[i].data.ptr;

			if (watch)
				watch->ready(loop, watch, events[i].events);
		}
		loop->n_turn = 0;
		run_timers(loop);
		if (loop->rest && !loop->stop)
			loop->rest(loop);
	}
	return 0;
}
