/* Work for several threads: fn(ctx, i, worker) for every i below n, in any order. */
#ifndef INVENTORY_POOL_H
#define INVENTORY_POOL_H

#include <stddef.h>

#define POOL_MAX 16u

/* How many threads n pieces of work deserve; wanted 0 = by the number of processors. */
unsigned pool_threads(unsigned wanted, size_t n);

/* The caller is worker 0. When threads cannot be made the work is done by fewer. */
void pool_run(unsigned threads, size_t n, void (*fn)(void *ctx, size_t i, unsigned worker),
	      void *ctx);

#endif
