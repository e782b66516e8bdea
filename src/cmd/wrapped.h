/* What tcpdmatch and tcpdchk share: whose names rules may use, and what a machine's rules are. */
#ifndef CMD_WRAPPED_H
#define CMD_WRAPPED_H

#include "access/lint.h"
#include "base/root.h"

struct wrapped {
	struct arena *arena;
	struct root root;
	struct diags diags; /* of the rules */
	struct access *access;
	struct access_lint lint;
};

/* options: the command's letters as the original has them, "di:" and more; false: usage. */
struct wrapped_options {
	bool here;          /* -d: hosts.allow and hosts.deny of this directory */
	const char *config; /* -i: instead of the machine's inetd.conf and xinetd.conf */
};
/* False after saying why. */
bool wrapped_open(struct wrapped *wrapped, const struct wrapped_options *options, const char *self);
void wrapped_close(struct wrapped *wrapped);

#endif
