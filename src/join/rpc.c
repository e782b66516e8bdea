/*
 * Ports of RPC services change with every start; the port mapper knows whose they are now. Says so
 * in the listener, as "mountd (100005) v1-3": steps and catalog go by that, not by the port.
 */
#include <string.h>

#include "base/num.h"
#include "join/join.h"

/* The lowest program registered for the port, all versions of it as one range. */
static bool
find(const struct audit *audit, const struct listener *listener, struct rpc_entry *ret,
     uint32_t *ret_last)
{
	bool found = false;

	for (size_t i = 0; i < audit->rpc.n; i++) {
		const struct rpc_entry *entry = &audit->rpc.v[i];

		if (entry->proto != listener->proto || entry->port != listener->port ||
		    (found && entry->program > ret->program))
			continue;
		if (!found || entry->program < ret->program) {
			*ret = *entry;
			*ret_last = entry->version;
		}
		if (entry->version < ret->version)
			ret->version = entry->version;
		if (entry->version > *ret_last)
			*ret_last = entry->version;
		found = true;
	}
	return found;
}

void
join_rpc(struct audit *audit)
{
	for (size_t i = 0; audit->rpc.n && i < audit->listeners.n; i++) {
		struct listener *listener = audit->listeners.v[i];
		struct rpc_entry entry = {0};
		uint32_t last = 0;
		char *versions;

		/* Asked in the auditor's own network namespace only. */
		if (!net_proto_has_port(listener->proto) ||
		    (listener->netns && !listener->netns->self) ||
		    !find(audit, listener, &entry, &last))
			continue;
		versions = last == entry.version
				   ? arena_printf(audit->arena, "v%u", last)
				   : arena_printf(audit->arena, "v%u-%u", entry.version, last);
		listener->rpc =
			arena_printf(audit->arena, "%s (%u) %s",
				     entry.name ? entry.name : "program", entry.program, versions);
	}
}

bool
join_rpc_is(const struct listener *listener, uint32_t program)
{
	const char *open = listener->rpc ? strchr(listener->rpc, '(') : NULL;
	struct span number = open ? span_of(open + 1) : (struct span){0};
	uint32_t found;

	return num_u32(span_cut(&number, ')'), UINT32_MAX, &found) && found == program;
}
