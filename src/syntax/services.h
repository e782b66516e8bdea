/*
 * /etc/services (services(5)), /etc/rpc (rpc(5)) and /etc/protocols (protocols(5)): lines of
 * names and one number, one grammar.
 *
 *	SERVICES_ENTRY  name number alias...; in /etc/services the number is "23/tcp"
 *
 * A '#' ends the line's words wherever it stands; what follows it is the entry's comment.
 */
#ifndef SYNTAX_SERVICES_H
#define SYNTAX_SERVICES_H

#include "syntax/tree.h"

enum services_kind { SERVICES_ENTRY = SYN_OWN };

extern const struct syn_format syn_format_services;

struct services_entry {
	struct span name;
	uint32_t number;
	struct span protocol; /* empty in /etc/rpc and /etc/protocols */
	const struct syn_word *aliases;
	uint32_t n_aliases;
	struct span comment; /* empty = none */
};

/* False when the number is none. */
bool services_entry_read(const struct syn_node *node, struct services_entry *ret);

#endif
