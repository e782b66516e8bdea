/*
 * Catalog: the built-in stanzas, then those of /etc/gatehouse/catalog.d/ on top of them
 * (CATG-2). A stanza with an error is left out; a built-in one of that name then stays.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "catalog/builtin.h"
#include "catalog/load.h"
#include "syntax/stanza.h"

#define CATALOG_DIR "/etc/gatehouse/catalog.d"

static void
add(struct catalog *catalog, struct catalog_entry *entry, struct syn_tree *tree,
    const struct syn_node *node)
{
	struct catalog_entry *old = map_get_text(&catalog->by_name, entry->name);

	entry->added = catalog->adding;
	if (!old) {
		map_put_text(&catalog->by_name, entry->name, entry);
		vec_push(catalog->arena, &catalog->entries, entry);
		return;
	}
	if (old->added == entry->added)
		syn_diag(tree, DIAG_WARNING, node->raw.p, node->line,
			 "service \"%s\" stands in %s:%u too; this one counts", entry->name,
			 old->file, old->line);
	*old = *entry;
}

static void
add_text(struct catalog *catalog, struct arena *scratch, const char *file, struct span text)
{
	struct syn_tree *tree = syn_parse(&syn_format_stanza, scratch, catalog->diags, file, text);

	for (size_t i = 0, end; i < tree->n_nodes; i = end) {
		struct catalog_entry *entry;

		end = i + 1;
		if (tree->nodes[i].kind == SYN_BLANK || tree->nodes[i].kind == SYN_COMMENT)
			continue;
		end = stanza_end(tree, i);
		entry = arena_alloc(catalog->arena, sizeof(*entry));
		if (entry_read(entry, catalog->arena, tree, i, end))
			add(catalog, entry, tree, &tree->nodes[i]);
	}
}

static int
by_name(const void *a, const void *b)
{
	const struct catalog_entry *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static void
settle(struct catalog *catalog)
{
	catalog->index = NULL;
	if (catalog->entries.n)
		qsort(catalog->entries.v, catalog->entries.n, sizeof(*catalog->entries.v), by_name);
}

struct catalog *
catalog_empty(struct arena *arena, struct diags *diags)
{
	struct catalog *catalog = arena_alloc(arena, sizeof(*catalog));

	catalog->arena = arena;
	catalog->diags = diags;
	catalog->by_name = map_of(arena);
	catalog->adding = true;
	return catalog;
}

struct catalog *
catalog_builtin(struct arena *arena, struct diags *diags)
{
	struct catalog *catalog = catalog_empty(arena, diags);
	struct arena *scratch = arena_new(); /* the trees; entries keep copies */

	catalog->adding = false;
	for (const struct catalog_file *file = catalog_files; file->name; file++)
		add_text(catalog, scratch, file->name, file->text);
	arena_free(scratch);
	catalog->adding = true;
	settle(catalog);
	return catalog;
}

void
catalog_add_text(struct catalog *catalog, const char *file, struct span text)
{
	add_text(catalog, catalog->arena, arena_dup(catalog->arena, file), text);
	settle(catalog);
}

static void
add_file(struct catalog *catalog, const struct root *root, const char *name)
{
	char *path = arena_printf(catalog->arena, "%s/%s", CATALOG_DIR, name);
	struct span text;
	int r = root_read(root, path, catalog->arena, LIMIT_FILE_BYTES, &text);

	if (r < 0)
		diag_add(catalog->diags, DIAG_UNSEEN, path, 0, 0, "%s", strerror(-r));
	else
		catalog_add_text(catalog, path, text);
}

struct catalog *
catalog_load(struct arena *arena, struct diags *diags, const struct root *root)
{
	struct catalog *catalog = catalog_builtin(arena, diags);
	struct root_dir dir;
	int r = root_list(root, CATALOG_DIR, arena, &dir);

	if (r < 0) {
		if (r != -ENOENT && r != -ENOTDIR)
			diag_add(diags, DIAG_UNSEEN, CATALOG_DIR, 0, 0, "%s", strerror(-r));
		return catalog;
	}
	if (dir.cut)
		diag_add(diags, DIAG_UNSEEN, CATALOG_DIR, 0, 0, "more than %u files",
			 LIMIT_DIR_ENTRIES);
	for (size_t i = 0; i < dir.n; i++)
		if (dir.v[i].name[0] != '.' && text_ends(dir.v[i].name, ".cat"))
			add_file(catalog, root, dir.v[i].name);
	return catalog;
}

size_t
catalog_count(const struct catalog *catalog)
{
	return catalog->entries.n;
}

const struct catalog_entry *
catalog_at(const struct catalog *catalog, size_t i)
{
	return catalog->entries.v[i];
}
