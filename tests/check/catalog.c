/*
 * catalog ROWS DANGER: is the built-in catalog as it must be? Sorted, unique, everything it points
 * to is there, every fact it asks for matters, every name and port leads back to its entry, no
 * required service is missing. Prints each fault; fails when there is one.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/map.h"
#include "catalog/catalog.h"

#define MAX_FACTS 10u

static unsigned faults;

static void fault(const struct catalog_entry *entry, const char *fmt, ...) printf_like(2, 3);

static void
fault(const struct catalog_entry *entry, const char *fmt, ...)
{
	va_list ap;

	faults++;
	if (entry)
		printf("%s:%u: %s: ", entry->file, entry->line, entry->name);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

/* Names ------------------------------------------------------------------------------- */

static void
take(struct map *map, const char *what, const char *name, const struct catalog_entry *entry)
{
	const struct catalog_entry *other = map_get_text(map, name);

	if (other)
		fault(entry, "%s %s is that of %s too", what, name, other->name);
	else
		map_put_text(map, name, (void *)entry);
}

static void
take_all(struct map *map, const char *what, const char **names, const struct catalog_entry *entry)
{
	for (; *names; names++)
		take(map, what, *names, entry);
}

static void
check_unique(struct arena *arena, const struct catalog *catalog)
{
	struct map names = map_of(arena), programs = map_of(arena), units = map_of(arena),
		   packages = map_of(arena);

	for (size_t i = 0; i < catalog_count(catalog); i++) {
		const struct catalog_entry *entry = catalog_at(catalog, i);

		take(&names, "name", entry->name, entry);
		take_all(&names, "alias", entry->aliases, entry);
		take_all(&programs, "program", entry->programs, entry);
		take_all(&units, "unit", entry->units, entry);
		take_all(&packages, "package", entry->packages, entry);
	}
}

static void
check_sorted(struct arena *arena, const struct catalog *catalog)
{
	struct map last = map_of(arena); /* file -> its last entry so far */

	for (size_t i = 0; i < catalog_count(catalog); i++) {
		const struct catalog_entry *entry = catalog_at(catalog, i);
		const struct catalog_entry *before = map_get_text(&last, entry->file);

		if (before && before->line > entry->line)
			fault(before, "stands behind %s in its file", entry->name);
		map_put_text(&last, entry->file, (void *)entry);
	}
}

static void
check_found(const struct catalog *catalog, const struct catalog_entry *entry, const char *name)
{
	const struct catalog_entry *found = catalog_find(catalog, name);

	if (found != entry)
		fault(entry, "asked for \"%s\", found %s", name, found ? found->name : "nothing");
}

/* CAT check 1: any name, alias or port finds the row. */
static void
check_all_found(const struct catalog *catalog, const struct catalog_entry *entry)
{
	check_found(catalog, entry, entry->name);
	for (const char **name = entry->aliases; *name; name++)
		check_found(catalog, entry, *name);
	for (const char **name = entry->programs; *name; name++)
		if (!catalog_find(catalog, *name))
			fault(entry, "program \"%s\" finds nothing", *name);
	for (const char **name = entry->units; *name; name++)
		if (!catalog_find(catalog, *name))
			fault(entry, "unit \"%s\" finds nothing", *name);
	for (uint32_t i = 0; i < entry->n_rpc_programs; i++)
		if (catalog_find_rpc(catalog, entry->rpc_programs[i]) != entry)
			fault(entry, "RPC %u is another's", entry->rpc_programs[i]);
	for (uint32_t i = 0; i < entry->n_ports; i++) {
		const struct catalog_entry *all[32];
		uint32_t port = entry->ports[i].low;
		size_t n = catalog_find_ports(catalog, entry->ports[i].proto, port, all,
					      COUNT_OF(all));
		bool there = false;

		for (size_t k = 0; k < n && k < COUNT_OF(all); k++)
			there |= all[k] == entry;
		if (!there)
			fault(entry, "port %u does not find it", port);
		if (i < entry->n_own_ports && all[0] != entry &&
		    entry->ports[i].low == entry->ports[i].high)
			fault(entry, "its own port %u is found as %s", port, all[0]->name);
	}
}

static void
check_ports(const struct catalog *catalog, size_t at)
{
	const struct catalog_entry *a = catalog_at(catalog, at);

	for (size_t k = at + 1; k < catalog_count(catalog); k++) {
		const struct catalog_entry *b = catalog_at(catalog, k);

		for (uint32_t i = 0; i < a->n_own_ports; i++)
			for (uint32_t j = 0; j < b->n_own_ports; j++) {
				const struct catalog_port *x = &a->ports[i], *y = &b->ports[j];

				/* A range may have single ports of others inside it. */
				if (x->proto == y->proto && x->low <= y->high &&
				    y->low <= x->high && x->high - x->low == y->high - y->low)
					fault(a, "port %u/%s is own port of %s too", x->low,
					      net_proto_name(x->proto), b->name);
			}
	}
}

/* Content ----------------------------------------------------------------------------- */

static void
check_text(const struct catalog_entry *entry, const char *field, const char *text, size_t most)
{
	if (text && strlen(text) > most)
		fault(entry, "%s has %zu characters, %zu are allowed", field, strlen(text), most);
}

static bool
gives(const struct catalog_entry *entry, enum verdict verdict)
{
	for (uint32_t i = 0; i < entry->n_verdicts; i++)
		if (entry->verdicts[i].verdict == verdict)
			return true;
	return false;
}

static void
check_content(const struct catalog *catalog, const struct catalog_entry *entry)
{
	check_text(entry, "What", entry->what, 80);
	check_text(entry, "Why", entry->why, 600);
	check_text(entry, "Do", entry->how, 500);
	check_text(entry, "Instead", entry->instead, 400);
	check_text(entry, "Localize", entry->localize, 500);
	check_text(entry, "Restrict", entry->restrict_, 400);
	if (gives(entry, VERDICT_LOCALIZE) && !entry->localize)
		fault(entry, "says localize, but not how");
	if (gives(entry, VERDICT_RESTRICT) && !entry->restrict_)
		fault(entry, "says restrict, but not how");
	if (!entry->glossary && strlen(entry->why) < 25)
		fault(entry, "Why says too little");
	for (const char **see = entry->see; *see; see++) {
		const struct catalog_entry *other = catalog_find(catalog, *see);

		if (!other || strcmp(other->name, *see) != 0)
			fault(entry, "See: %s is no entry", *see);
	}
	for (const char **name = entry->groups; *name; name++) {
		const struct catalog_group *group = catalog_groups;

		while (group->name && strcmp(group->name, *name) != 0)
			group++;
		if (!group->name)
			fault(entry, "group %s is not in the table of groups", *name);
	}
}

/* Facts: each one that a condition names must be able to change the verdict. ------------ */

struct facts {
	const char *v[MAX_FACTS];
	unsigned n;
};

static void
add_fact(const struct catalog_entry *entry, struct facts *facts, const char *name)
{
	static const char *const words[] = {"and", "or", "not"};

	for (size_t i = 0; i < COUNT_OF(words); i++)
		if (strcmp(words[i], name) == 0)
			return;
	for (unsigned i = 0; i < facts->n; i++)
		if (strcmp(facts->v[i], name) == 0)
			return;
	if (facts->n == MAX_FACTS)
		fault(entry, "more than %u facts", MAX_FACTS);
	else
		facts->v[facts->n++] = name;
}

static void
facts_of(struct arena *arena, const struct catalog_entry *entry, struct facts *facts)
{
	for (uint32_t i = 0; i < entry->n_verdicts; i++) {
		char *text = arena_dup(arena, entry->verdicts[i].condition), *save = NULL;

		if (!text)
			continue;
		for (char *word = strtok_r(text, " ()\n", &save); word;
		     word = strtok_r(NULL, " ()\n", &save))
			add_fact(entry, facts, word);
	}
}

static enum verdict
verdict_with(const struct catalog_entry *entry, const struct facts *facts, unsigned truth)
{
	const char *yes[MAX_FACTS + 1] = {0}, *no[MAX_FACTS + 1] = {0};
	struct policy policy = {.facts = yes, .denied = no};
	unsigned n_yes = 0, n_no = 0;

	for (unsigned i = 0; i < facts->n; i++)
		if (truth >> i & 1)
			yes[n_yes++] = facts->v[i];
		else
			no[n_no++] = facts->v[i];
	return catalog_verdict(entry, &policy, NULL, NULL);
}

static void
check_facts(struct arena *arena, const struct catalog_entry *entry, struct map *used)
{
	struct facts facts = {.n = 0};

	facts_of(arena, entry, &facts);
	for (unsigned i = 0; i < facts.n; i++) {
		bool matters = false;

		map_put_text(used, facts.v[i], (void *)entry);
		for (unsigned truth = 0; truth < 1u << facts.n; truth++)
			matters |= verdict_with(entry, &facts, truth) !=
				   verdict_with(entry, &facts, truth ^ 1u << i);
		if (!matters)
			fault(entry, "fact %s changes nothing", facts.v[i]);
	}
}

/* Lists ------------------------------------------------------------------------------- */

static bool
has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = text; at && (at = strstr(at, word)); at += n)
		if ((at == text || at[-1] == ' ') && (!at[n] || at[n] == ' '))
			return true;
	return false;
}

static bool
has_group(const struct catalog_entry *entry, const char *group)
{
	for (const char **name = entry->groups; *name; name++)
		if (strcmp(*name, group) == 0)
			return true;
	return false;
}

static void
check_row(const struct catalog *catalog, const char *line, struct map *seen)
{
	for (size_t i = 0; i < catalog_count(catalog); i++)
		if (has_word(catalog_at(catalog, i)->refs, line))
			return;
	fault(NULL, "%s: no stanza has it in Refs", line);
}

static void
check_danger(const struct catalog *catalog, const char *line, struct map *seen)
{
	const struct catalog_entry *entry = catalog_find(catalog, line);

	map_put_text(seen, line, (void *)line);
	if (!entry || strcmp(entry->name, line) != 0 || !has_group(entry, "danger"))
		fault(NULL, "%s: not in the group danger", line);
}

static void
each_line(struct arena *arena, const struct catalog *catalog, const char *path, struct map *seen,
	  void (*check)(const struct catalog *, const char *, struct map *))
{
	FILE *file = fopen(path, "re");
	char line[256];

	if (!file) {
		fault(NULL, "%s: cannot be read", path);
		return;
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0] && line[0] != '#')
			check(catalog, arena_dup(arena, line), seen);
	}
	fclose(file);
}

static void
check_tables(const struct catalog *catalog, const struct map *used)
{
	for (const struct catalog_fact *fact = catalog_facts; fact->name; fact++) {
		if (!map_get_text(used, fact->name))
			fault(NULL, "fact %s: no entry asks for it", fact->name);
		if (fact[1].name && strcmp(fact->name, fact[1].name) >= 0)
			fault(NULL, "fact %s: not sorted", fact->name);
	}
	for (const struct catalog_group *group = catalog_groups; group->name; group++) {
		size_t n = 0;

		for (size_t i = 0; i < catalog_count(catalog); i++)
			n += has_group(catalog_at(catalog, i), group->name);
		if (!n)
			fault(NULL, "group %s is empty", group->name);
		if (group[1].name && strcmp(group->name, group[1].name) >= 0)
			fault(NULL, "group %s: not sorted", group->name);
	}
}

int
main(int argc, char **argv)
{
	struct arena *arena = arena_new();
	struct diags diags = diags_of(arena);
	struct catalog *catalog = catalog_builtin(arena, &diags);
	struct map used = map_of(arena), danger = map_of(arena);

	if (argc != 3)
		return 2;
	for (size_t i = 0; i < diags.n; i++)
		fault(NULL, "%s", diag_line(arena, &diags.v[i]));
	check_unique(arena, catalog);
	check_sorted(arena, catalog);
	for (size_t i = 0; i < catalog_count(catalog); i++) {
		check_all_found(catalog, catalog_at(catalog, i));
		check_ports(catalog, i);
		check_content(catalog, catalog_at(catalog, i));
		check_facts(arena, catalog_at(catalog, i), &used);
	}
	each_line(arena, catalog, argv[1], NULL, check_row);
	each_line(arena, catalog, argv[2], &danger, check_danger);
	for (size_t i = 0; i < catalog_count(catalog); i++)
		if (has_group(catalog_at(catalog, i), "danger") &&
		    !map_get_text(&danger, catalog_at(catalog, i)->name))
			fault(catalog_at(catalog, i), "in the group danger, but not of POL-24");
	check_tables(catalog, &used);
	printf("%zu entries, %u faults\n", catalog_count(catalog), faults);
	arena_free(arena);
	return faults != 0;
}
