/*
 * Arena: memory that is given back all at once. An audit run owns one, a
 * configuration generation owns one. Allocation never fails for the caller: an
 * administrator's tool that cannot get memory has nothing useful left to do, so it
 * says so and ends (err_no_memory). The engine does not use arenas per connection.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/attr.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena); /* NULL is fine */
void arena_freep(struct arena **arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t bytes);
/* Zeroed array; an overflowing product counts as "no memory". */
void *arena_array(struct arena *arena, size_t n, size_t bytes);

char *arena_dup(struct arena *arena, const char *text);            /* NULL gives NULL */
char *arena_dupn(struct arena *arena, const char *text, size_t n); /* always terminated */
char *arena_printf(struct arena *arena, const char *fmt, ...) printf_like(2, 3);
char *arena_vprintf(struct arena *arena, const char *fmt, va_list ap) printf_like(2, 0);

/* The child's memory lives on as the parent's; the child itself is gone. For worker threads, which
 * fill an arena each. */
void arena_adopt(struct arena *parent, struct arena *child);

/* Bytes handed out so far: tests and bench look at it. */
size_t arena_used(const struct arena *arena);

#endif
