/*
 * Index: prefixes of both families -> the numbers of the rules that stand there, ascending. A hash
 * table per length of prefix (one table, the length is part of the key): an address costs one probe
 * for each length in use, mostly two or three, where a tree costs a cache miss per level.
 */
#ifndef ACCESS_INDEX_H
#define ACCESS_INDEX_H

#include "base/arena.h"
#include "net/addr.h"

struct index;
struct index_builder;

/* Lengths of both families, and one for everyone. */
#define INDEX_LISTS (129 + 1)

struct index_builder *index_builder_new(struct arena *scratch);
/* Numbers must not fall from call to call. Bits of bytes beyond the prefix are not looked at. */
void index_add(struct index_builder *builder, int family, const uint8_t *bytes, unsigned bits,
	       uint32_t number);
uint32_t index_count(const struct index_builder *builder);
struct index *index_build(struct arena *arena, struct index_builder *builder);

struct index_list {
	const uint32_t *v;
	uint32_t n;
	uint8_t bits;
};
/* The lists of all prefixes the address lies in, longest first; gives how many. */
unsigned index_find(const struct index *index, const struct net_addr *addr,
		    struct index_list ret[INDEX_LISTS]);

#endif
