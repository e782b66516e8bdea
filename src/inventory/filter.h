/* The packet filter's rules, for inventory_filter() and for tests. */
#ifndef INVENTORY_FILTER_H
#define INVENTORY_FILTER_H

#include "model/audit.h"

/* Reads what libnftables prints ("nft -j list ruleset"). Sets ret->readable when it could. */
void inventory_filter_parse(struct audit *audit, const char *text, struct filter *ret);
/* Asks libnftables, if audit->filter.state is FILTER_PRESENT and the library is there. */
void inventory_filter_rules(struct audit *audit);

#endif
