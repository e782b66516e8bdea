/* Load: the catalog's own parts, shared by the files of this room only. */
#ifndef CATALOG_LOAD_H
#define CATALOG_LOAD_H

#include "base/map.h"
#include "base/vec.h"
#include "catalog/catalog.h"
#include "syntax/tree.h"

struct catalog_index;

struct catalog {
	struct arena *arena;
	struct diags *diags;
	struct {
		struct catalog_entry **v;
		size_t n, cap;
	} entries;
	struct map by_name;          /* lower-case name -> entry, for replacing */
	bool adding;                 /* what comes now is not built in */
	struct catalog_index *index; /* match.c, made when first asked */
};

/*
 * One stanza (fields first..last of the tree) into entry; false when it must be left out, the
 * reasons are in the tree's diagnostics.
 */
bool entry_read(struct catalog_entry *entry, struct arena *arena, struct syn_tree *tree,
		size_t first, size_t last);

/* A value of a stanza as text: lines joined, see catalog.h. */
char *value_text(struct arena *arena, const struct syn_node *node);
/* Its words, NULL-terminated. */
const char **value_list(struct arena *arena, const struct syn_node *node);
/* The value's lines joined by '\n'; value_at finds a position of that text in the file again. */
struct span value_flat(struct arena *arena, const struct syn_node *node);
const char *value_at(const struct syn_node *node, size_t offset, uint32_t *ret_line);

/* The node after a stanza's last field that starts at first (which is a field). */
size_t stanza_end(const struct syn_tree *tree, size_t first);

/*
 * Conditions, verdict.c. Walks a condition; ask gets each fact's name. False when it is not a
 * condition: *ret_error says why, *ret_at where.
 */
struct condition {
	bool (*ask)(void *ctx, struct span fact);
	void *ctx;
	const char *error; /* NULL = none */
	struct span error_at;
};
bool condition_eval(struct condition *condition, struct span text);

/* The fact or role of that name as the tables have it, NULL = none. */
const char *fact_find(struct span name);
void fact_nearest(struct span name, char *buf, size_t size); /* near_hint over facts and roles */

#endif
