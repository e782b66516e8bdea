#include "base/vec.h"

#include <string.h>

void *
vec_grow(struct arena *arena, void *old, size_t n, size_t *cap, size_t bytes)
{
	size_t want = *cap ? *cap * 2 : 8;
	void *grown = arena_array(arena, want, bytes);

	if (n)
		memcpy(grown, old, n * bytes);
	*cap = want;
	return grown;
}
