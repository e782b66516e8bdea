#include "access/index.h"

#include <string.h>
#include <sys/socket.h>

#include "base/vec.h"

struct key {
	uint64_t high, low; /* network order bytes, masked */
	uint8_t bits;       /* 129 and more: IPv4, of 129 + bits */
};

struct entry {
	struct key key;
	uint32_t first, n;
};

struct pair {
	uint32_t entry, number;
};

/* Services have one each, mostly of an item or two: small ones must be small. */
struct index {
	uint32_t *slots; /* entry + 1 */
	struct entry *entries;
	uint32_t *numbers;
	uint32_t mask;
	uint8_t n_v4, n_v6;
	uint8_t lengths[]; /* that occur, longest first: those of IPv4, then those of IPv6 */
};

#define V4_BASE 129u
#define SLOTS_MIN 4u

struct index_builder {
	struct arena *scratch;
	VEC(struct entry) entries;
	VEC(struct pair) pairs;
	uint32_t *slots;
	uint32_t cap;
	bool lengths[V4_BASE + 33];
};

static uint64_t
load(const uint8_t *bytes)
{
	uint64_t value;

	memcpy(&value, bytes, sizeof(value));
	return __builtin_bswap64(value);
}

static uint64_t
head(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : bits == 0 ? 0 : UINT64_MAX << (64 - bits);
}

static struct key
key_of(int family, uint64_t high, uint64_t low, unsigned bits)
{
	if (family == AF_INET)
		return (struct key){high & head(bits), 0, (uint8_t)(V4_BASE + bits)};
	return (struct key){high & head(bits), low & head(bits > 64 ? bits - 64 : 0),
			    (uint8_t)bits};
}

static void
words_of(int family, const uint8_t *bytes, uint64_t *high, uint64_t *low)
{
	uint32_t four;

	*low = 0;
	if (family == AF_INET) {
		memcpy(&four, bytes, sizeof(four));
		*high = (uint64_t)__builtin_bswap32(four) << 32;
		return;
	}
	*high = load(bytes);
	*low = load(bytes + 8);
}

static uint32_t
hash_of(const struct key *key)
{
	uint64_t h = key->high ^ (key->low * 0x9e3779b97f4a7c15u) ^ ((uint64_t)key->bits << 17);

	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	h ^= h >> 32;
	h *= 0xd6e8feb86659fd93u;
	return (uint32_t)(h >> 32);
}

static bool
key_is(const struct key *a, const struct key *b)
{
	return a->high == b->high && a->low == b->low && a->bits == b->bits;
}

struct index_builder *
index_builder_new(struct arena *scratch)
{
	struct index_builder *builder = arena_alloc(scratch, sizeof(*builder));

	builder->scratch = scratch;
	return builder;
}

static void
builder_grow(struct index_builder *builder)
{
	builder->cap = builder->cap ? builder->cap * 2 : SLOTS_MIN;
	builder->slots = arena_array(builder->scratch, builder->cap, sizeof(*builder->slots));
	for (uint32_t i = 0; i < builder->entries.n; i++) {
		uint32_t at = hash_of(&builder->entries.v[i].key) & (builder->cap - 1);

		while (builder->slots[at])
			at = (at + 1) & (builder->cap - 1);
		builder->slots[at] = i + 1;
	}
}

static uint32_t
builder_entry(struct index_builder *builder, struct key key)
{
	uint32_t at;

	if (builder->entries.n * 2 >= builder->cap)
		builder_grow(builder);
	at = hash_of(&key) & (builder->cap - 1);
	for (; builder->slots[at]; at = (at + 1) & (builder->cap - 1))
		if (key_is(&builder->entries.v[builder->slots[at] - 1].key, &key))
			return builder->slots[at] - 1;
	builder->slots[at] = (uint32_t)builder->entries.n + 1;
	vec_push(builder->scratch, &builder->entries, (struct entry){.key = key});
	return (uint32_t)builder->entries.n - 1;
}

void
index_add(struct index_builder *builder, int family, const uint8_t *bytes, unsigned bits,
	  uint32_t number)
{
	uint64_t high, low;
	struct key key;

	words_of(family, bytes, &high, &low);
	key = key_of(family, high, low, bits);
	builder->lengths[key.bits] = true;
	vec_push(builder->scratch, &builder->pairs,
		 (struct pair){builder_entry(builder, key), number});
}

uint32_t
index_count(const struct index_builder *builder)
{
	return (uint32_t)builder->pairs.n;
}

/* Pairs came in ascending order: a counting sort by entry keeps it. */
static void
build_numbers(struct index *index, const struct index_builder *builder)
{
	uint32_t at = 0;

	for (size_t i = 0; i < builder->pairs.n; i++)
		index->entries[builder->pairs.v[i].entry].n++;
	for (size_t i = 0; i < builder->entries.n; i++) {
		index->entries[i].first = at;
		at += index->entries[i].n;
		index->entries[i].n = 0;
	}
	for (size_t i = 0; i < builder->pairs.n; i++) {
		struct entry *entry = &index->entries[builder->pairs.v[i].entry];

		if (entry->n &&
		    index->numbers[entry->first + entry->n - 1] == builder->pairs.v[i].number)
			continue;
		index->numbers[entry->first + entry->n++] = builder->pairs.v[i].number;
	}
}

/* The lengths of one family that are in use, longest first; gives how many. */
static uint8_t
lengths_of(const struct index_builder *builder, unsigned base, unsigned most, uint8_t *ret)
{
	uint8_t n = 0;

	for (unsigned bits = most + 1; bits-- > 0;)
		if (builder->lengths[base + bits])
			ret[n++] = (uint8_t)bits;
	return n;
}

struct index *
index_build(struct arena *arena, struct index_builder *builder)
{
	uint8_t v4[33], v6[129];
	uint8_t n_v4 = lengths_of(builder, V4_BASE, 32, v4), n_v6 = lengths_of(builder, 0, 128, v6);
	struct index *index = arena_alloc(arena, sizeof(*index) + n_v4 + n_v6);

	memcpy(index->lengths, v4, n_v4);
	memcpy(index->lengths + n_v4, v6, n_v6);
	index->n_v4 = n_v4;
	index->n_v6 = n_v6;
	if (!builder->cap)
		builder_grow(builder);
	index->mask = builder->cap - 1;
	index->slots = arena_array(arena, builder->cap, sizeof(*index->slots));
	memcpy(index->slots, builder->slots, builder->cap * sizeof(*index->slots));
	index->entries = arena_array(arena, builder->entries.n, sizeof(*index->entries));
	if (builder->entries.n)
		memcpy(index->entries, builder->entries.v,
		       builder->entries.n * sizeof(*index->entries));
	index->numbers = arena_array(arena, builder->pairs.n, sizeof(*index->numbers));
	build_numbers(index, builder);
	return index;
}

unsigned
index_find(const struct index *index, const struct net_addr *addr,
	   struct index_list ret[INDEX_LISTS])
{
	bool v4 = addr->family == AF_INET;
	const uint8_t *lengths = index->lengths + (v4 ? 0 : index->n_v4);
	unsigned n_lengths = v4 ? index->n_v4 : index->n_v6, n = 0;
	uint64_t high, low;

	if (!addr->family)
		return 0;
	words_of(addr->family, addr->bytes, &high, &low);
	for (unsigned i = 0; i < n_lengths; i++) {
		struct key key = key_of(addr->family, high, low, lengths[i]);
		uint32_t at = hash_of(&key) & index->mask;

		for (; index->slots[at]; at = (at + 1) & index->mask) {
			const struct entry *entry = &index->entries[index->slots[at] - 1];

			if (!key_is(&entry->key, &key))
				continue;
			ret[n++] = (struct index_list){index->numbers + entry->first, entry->n,
						       lengths[i]};
			break;
		}
	}
	return n;
}
