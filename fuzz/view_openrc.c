/* openrc-run scripts: every dependency has a verb and a name. */
#include <stdlib.h>

#include "fuzz.h"
#include "syntax/openrc.h"

static void
check_name(void *data, struct span verb, const struct syn_word *name)
{
	if (!verb.n || !name->raw.n)
		abort();
}

void
fuzz_view(const struct syn_tree *tree)
{
	if (openrc_is_script(tree))
		openrc_depends(tree, check_name, NULL);
}
