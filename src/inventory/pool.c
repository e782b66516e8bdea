/* Threads that take the next piece from a common counter. Signals stay with the caller. */
#include "inventory/pool.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>

/* Fewer pieces than this per thread are not worth a thread (about 60 us to make one). */
#define PIECES_PER_THREAD 16
/* Taken at once: fewer trips to the counter, and neighbours share cache lines of results. */
#define PIECES 8

struct pool {
	void (*fn)(void *ctx, size_t i, unsigned worker);
	void *ctx;
	size_t n;
	atomic_size_t next;
};

struct worker {
	struct pool *pool;
	unsigned number;
	pthread_t thread;
};

static void *
work(void *arg)
{
	struct worker *worker = arg;
	struct pool *pool = worker->pool;

	for (;;) {
		size_t from = atomic_fetch_add(&pool->next, PIECES);

		if (from >= pool->n)
			return NULL;
		for (size_t i = from; i < pool->n && i < from + PIECES; i++)
			pool->fn(pool->ctx, i, worker->number);
	}
}

unsigned
pool_threads(unsigned wanted, size_t n)
{
	size_t threads = wanted;
	cpu_set_t cpus;

	if (!threads)
		threads = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? (size_t)CPU_COUNT(&cpus)
									 : 1;
	if (threads > 1 + n / PIECES_PER_THREAD)
		threads = 1 + n / PIECES_PER_THREAD;
	return threads > POOL_MAX ? POOL_MAX : (unsigned)threads;
}

void
pool_run(unsigned threads, size_t n, void (*fn)(void *ctx, size_t i, unsigned worker), void *ctx)
{
	struct pool pool = {.fn = fn, .ctx = ctx, .n = n};
	struct worker workers[POOL_MAX];
	sigset_t all, before;
	unsigned started = 1;

	workers[0] = (struct worker){.pool = &pool};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (; started < threads && started < POOL_MAX; started++) {
		workers[started] = (struct worker){.pool = &pool, .number = started};
		if (pthread_create(&workers[started].thread, NULL, work, &workers[started]) != 0)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	work(&workers[0]);
	for (unsigned i = 1; i < started; i++)
		pthread_join(workers[i].thread, NULL);
}
