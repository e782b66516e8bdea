/* See logger.h. A table of open addressing with bounded search: full means "of any source". */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "base/err.h"
#include "base/limits.h"
#include "engine/logger.h"

enum { PROBES = 16 };

struct key {
	const void *client;
	uint8_t refusal, family, any_source;
	uint8_t source[16];
};

static void
keep_bits(uint8_t bytes[16], unsigned bits)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned keep = bits >= 8 ? 8 : bits;

		bytes[i] &= (uint8_t)(0xff00u >> keep);
		bits -= keep;
	}
}

static struct key
key_of(const void *client, const struct record *record, uint8_t v4_bits, uint8_t v6_bits)
{
	const struct net_addr plain = net_addr_unmap(&record->addr);
	struct key key = {.client = client, .refusal = record->refusal, .family = plain.family};

	memcpy(key.source, plain.bytes, plain.family == AF_INET ? 4 : 16);
	keep_bits(key.source, plain.family == AF_INET ? v4_bits : v6_bits);
	return key;
}

static bool
is_cell(const struct flood_cell *cell, const struct key *key)
{
	return cell->client == key->client && cell->refusal == key->refusal &&
	       cell->family == key->family && cell->any_source == key->any_source &&
	       !memcmp(cell->source, key->source, sizeof(key->source));
}

/* Keys are chosen by strangers, so the seed is not theirs to know. */
static uint64_t
hash_of(const struct flood *flood, const struct key *key)
{
	uint64_t h = flood->seed ^ (uintptr_t)key->client, word;

	for (size_t i = 0; i < 16; i += 8) {
		memcpy(&word, key->source + i, 8);
		h = (h ^ word) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	h = (h ^ (key->refusal | (uint64_t)key->family << 8 | (uint64_t)key->any_source << 16)) *
	    UINT64_C(0xbf58476d1ce4e5b9);
	return h ^ h >> 32;
}

/* The key's cell; a new one if it may be made; or NULL: there is none, or no room near its place.
 */
static struct flood_cell *
cell_of(struct flood *flood, const struct key *key, bool make, int64_t now)
{
	uint64_t at = hash_of(flood, key);
	struct flood_cell *free_cell = NULL;

	for (unsigned i = 0; i < PROBES; i++) {
		struct flood_cell *cell = &flood->cells[(at + i) & (FLOOD_CELLS - 1)];

		if (cell->client && is_cell(cell, key))
			return cell;
		if (!cell->client && !free_cell)
			free_cell = cell;
	}
	if (!free_cell || !make)
		return NULL;
	*free_cell = (struct flood_cell){.client = key->client,
					 .refusal = key->refusal,
					 .family = key->family,
					 .any_source = key->any_source,
					 .ends = now + LIMIT_LOG_WINDOW * LOOP_SECOND};
	memcpy(free_cell->source, key->source, sizeof(key->source));
	flood->used++;
	return free_cell;
}

static void
count(struct flood_cell *cell, const struct record *record)
{
	cell->last = *record;
	cell->suppressed++;
}

bool
flood_pass(struct flood *flood, const void *client, const struct record *record, uint8_t v4_bits,
	   uint8_t v6_bits, int64_t now)
{
	struct key of_source = key_of(client, record, v4_bits, v6_bits);
	struct key of_all = {.client = client, .refusal = record->refusal, .any_source = 1};
	struct flood_cell *source, *all;

	if (!flood->cells) {
		flood->cells = calloc(FLOOD_CELLS, sizeof(*flood->cells));
		if (!flood->cells)
			err_no_memory();
		if (getrandom(&flood->seed, sizeof(flood->seed), 0) < 0)
			flood->seed = (uintptr_t)flood->cells;
	}
	all = cell_of(flood, &of_all, true, now);
	if (!all)
		return true; /* thousands of services refuse at once: rather a line too many */
	/* No place for new sources when the service's share is used up: they are strangers' choice.
	 */
	source = cell_of(flood, &of_source, all->written < LIMIT_LOG_SERVICE, now);
	if (source && source->written >= LIMIT_LOG_SOURCE) {
		count(source, record);
		return false;
	}
	if (all->written >= LIMIT_LOG_SERVICE) {
		count(all, record);
		return false;
	}
	all->written++;
	if (source)
		source->written++;
	return true;
}

int64_t
flood_sweep(struct flood *flood, const void *client, int64_t now,
	    void (*tell)(void *data, const struct flood_cell *cell), void *data)
{
	int64_t next = 0;

	for (size_t i = 0; flood->used && i < FLOOD_CELLS; i++) {
		struct flood_cell *cell = &flood->cells[i];

		if (!cell->client)
			continue;
		if (client ? cell->client != client : cell->ends > now) {
			next = !next || cell->ends < next ? cell->ends : next;
			continue;
		}
		if (cell->suppressed)
			tell(data, cell);
		*cell = (struct flood_cell){0};
		flood->used--;
	}
	if (!flood->used) {
		free(flood->cells);
		flood->cells = NULL;
	}
	return next;
}
