/* Stanzas as what they are for: a policy, and a catalog with every verdict and name asked. */
#include <stdlib.h>
#include <string.h>

#include "catalog/catalog.h"
#include "fuzz.h"

static void
ask(const struct catalog *catalog, const struct catalog_entry *entry, const struct policy *policy)
{
	const char *condition, *unsaid;

	if (catalog_verdict(entry, policy, &condition, &unsaid) >= VERDICT_N)
		abort();
	if (!catalog_find(catalog, entry->name) && strlen(entry->name) < 64)
		abort();
	for (uint32_t i = 0; i < entry->n_ports; i++)
		if (!catalog_find_port(catalog, entry->ports[i].proto, entry->ports[i].low))
			abort();
}

void
fuzz_view(const struct syn_tree *tree)
{
	struct catalog *catalog = catalog_empty(tree->arena, tree->diags);
	struct policy policy;

	policy_parse(tree->arena, tree->diags, "policy", tree->text, &policy);
	catalog_add_text(catalog, "catalog", tree->text);
	for (size_t i = 0; i < catalog_count(catalog); i++)
		ask(catalog, catalog_at(catalog, i), &policy);
	policy_resolve(&policy, catalog, tree->diags);
}
