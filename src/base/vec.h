/*
 * Vec: a growing array of any type in an arena.
 *
 *	VEC(int) ports = {0};
 *	vec_push(arena, &ports, 25);
 *	for (size_t i = 0; i < ports.n; i++) use(ports.v[i]);
 *
 * An arena's vec leaves its outgrown copies in the arena (less than its final size).
 */
#ifndef BASE_VEC_H
#define BASE_VEC_H

#include <stddef.h>
#include <string.h>

#include "base/arena.h"

#define VEC(type)                                                                                  \
	struct {                                                                                   \
		type *v;                                                                           \
		size_t n, cap;                                                                     \
	}

#define vec_push(arena, vec, ...)                                                                  \
	do {                                                                                       \
		if ((vec)->n == (vec)->cap)                                                        \
			(vec)->v = vec_grow((arena), (vec)->v, (vec)->n, &(vec)->cap,              \
					    sizeof(*(vec)->v));                                    \
		(vec)->v[(vec)->n++] = (__VA_ARGS__);                                              \
	} while (0)

/* Room for a new zeroed last element; gives its address. */
#define vec_add(arena, vec)                                                                        \
	((vec)->v = ((vec)->n == (vec)->cap ? vec_grow((arena), (vec)->v, (vec)->n, &(vec)->cap,   \
						       sizeof(*(vec)->v))                          \
					    : (vec)->v),                                           \
	 memset(&(vec)->v[(vec)->n], 0, sizeof(*(vec)->v)), &(vec)->v[(vec)->n++])

void *vec_grow(struct arena *arena, void *old, size_t n, size_t *cap, size_t bytes);

#endif
