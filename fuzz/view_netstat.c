/* Saved listings: what is told of a socket lies within its line. */
#include <stdlib.h>

#include "fuzz.h"
#include "syntax/netstat.h"

static void
inside(const struct syn_node *node, struct span s)
{
	if (s.n && (s.p < node->raw.p || s.p + s.n > node->raw.p + node->raw.n))
		abort();
}

void
fuzz_view(const struct syn_tree *tree)
{
	for (size_t i = 0; i < tree->n_nodes; i++) {
		const struct syn_node *node = &tree->nodes[i];
		struct netstat_socket socket;

		if (node->kind != NETSTAT_SOCKET)
			continue;
		if (!netstat_socket(node, &socket))
			abort();
		inside(node, socket.host);
		inside(node, socket.port);
		inside(node, socket.peer);
		inside(node, socket.peer_port);
		inside(node, socket.pid);
		inside(node, socket.program);
		inside(node, socket.path);
	}
}
