/*
 * Map: number or text -> pointer, open addressing, in an arena. Keys are never removed.
 * Text keys are not copied and compared by content. Not for hostile key sets: the hash
 * is seeded per process from the kernel (getauxval AT_RANDOM), which is enough here.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stdint.h>

#include "base/arena.h"

struct map {
	struct arena *arena;
	struct map_slot *slots;
	uint64_t seed;   /* of the process */
	uint32_t n, cap; /* cap is a power of two */
};

struct map map_of(struct arena *arena); /* an empty one; allocates on first put */

void map_put(struct map *map, uint64_t key, void *value); /* replaces; value is not NULL */
void *map_get(const struct map *map, uint64_t key);       /* NULL when absent */

void map_put_text(struct map *map, const char *key, void *value);
void *map_get_text(const struct map *map, const char *key);

#endif
