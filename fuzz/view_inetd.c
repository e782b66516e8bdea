/* inetd.conf: every entry in every dialect, and gatehoused's reading of the whole in each. */
#include <stdlib.h>

#include "fuzz.h"
#include "syntax/inetd.h"

void
fuzz_view(const struct syn_tree *tree)
{
	static const char *const names[INETD_N_DIALECTS] = {"openbsd", "freebsd", "netbsd",
							    "gnu",     "busybox", "xinetd"};

	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];

		if (node->kind < INETD_ENTRY || node->kind > INETD_KEYED)
			continue;
		for (unsigned d = 0; d < INETD_N_DIALECTS; d++) {
			struct inetd_entry entry;
			struct span host;
			const char *why;

			if (inetd_entry_read(tree, node, (enum inetd_dialect)d, &entry, &why) !=
			    !why)
				abort();
			while (inetd_hosts_next(&entry.hosts, &host))
				if (!host.n)
					abort();
		}
	}
	fuzz_conf(tree, NULL);
	for (unsigned d = 0; d < INETD_N_DIALECTS; d++)
		fuzz_conf(tree, names[d]);
}
