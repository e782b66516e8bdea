/*
 * inittab: the table of sysvinit (inittab(5)) and busybox init ("tty::action:process").
 *
 *	INITTAB_ENTRY      id runlevels action process; the process is the rest of the line
 *	INITTAB_COMMENTED  the same words, of an entry behind a '#'
 */
#ifndef SYNTAX_INITTAB_H
#define SYNTAX_INITTAB_H

#include "syntax/tree.h"

enum inittab_kind { INITTAB_ENTRY = SYN_OWN, INITTAB_COMMENTED };

extern const struct syn_format syn_format_inittab;

/* Is this an action of either init? */
bool inittab_is_action(struct span action);

#endif
