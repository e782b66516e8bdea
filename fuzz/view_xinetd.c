/* xinetd.conf: gatehoused's own reading of it. */
#include "fuzz.h"

void
fuzz_view(const struct syn_tree *tree)
{
	fuzz_conf(tree, NULL);
}
