#include "base/map.h"

#include <string.h>
#include <sys/auxv.h>

struct map_slot {
	uint64_t key;     /* the number, or the text's hash */
	const char *text; /* NULL for number keys */
	void *value;      /* NULL = free slot */
};

static uint64_t
seed(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t bits = 0x9e3779b97f4a7c15u;

	if (random)
		memcpy(&bits, random, sizeof(bits));
	return bits;
}

/* The finalizer of splitmix64: spreads numbers that differ in few bits. */
static uint64_t
mix(uint64_t x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9u;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

static uint64_t
hash_text(const struct map *map, const char *text)
{
	uint64_t h = map->seed;

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static struct map_slot *
slot_of(const struct map *map, uint64_t key, const char *text)
{
	uint32_t at = (uint32_t)mix(key ^ map->seed) & (map->cap - 1);

	for (;; at = (at + 1) & (map->cap - 1)) {
		struct map_slot *slot = &map->slots[at];

		if (!slot->value)
			return slot;
		if (slot->key == key && !slot->text == !text &&
		    (!text || strcmp(slot->text, text) == 0))
			return slot;
	}
}

static void
grow(struct map *map)
{
	struct map old = *map;

	map->cap = old.cap ? old.cap * 2 : 64;
	map->slots = arena_array(map->arena, map->cap, sizeof(*map->slots));
	for (uint32_t i = 0; i < old.cap; i++) {
		struct map_slot *slot = &old.slots[i];

		if (slot->value)
			*slot_of(map, slot->key, slot->text) = *slot;
	}
}

static void
put(struct map *map, uint64_t key, const char *text, void *value)
{
	struct map_slot *slot;

	if (map->n * 2 >= map->cap)
		grow(map);
	slot = slot_of(map, key, text);
	if (!slot->value)
		map->n++;
	*slot = (struct map_slot){key, text, value};
}

struct map
map_of(struct arena *arena)
{
	return (struct map){.arena = arena, .seed = seed()};
}

void
map_put(struct map *map, uint64_t key, void *value)
{
	put(map, key, NULL, value);
}

void *
map_get(const struct map *map, uint64_t key)
{
	return map->cap ? slot_of(map, key, NULL)->value : NULL;
}

void
map_put_text(struct map *map, const char *key, void *value)
{
	put(map, hash_text(map, key), key, value);
}

void *
map_get_text(const struct map *map, const char *key)
{
	return map->cap ? slot_of(map, hash_text(map, key), key)->value : NULL;
}
