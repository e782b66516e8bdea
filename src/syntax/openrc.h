/*
 * openrc: an openrc-run script (openrc-run(8)): shell whose variables say what is started and
 * whose function depend() says what is started with it.
 */
#ifndef SYNTAX_OPENRC_H
#define SYNTAX_OPENRC_H

#include "syntax/sh.h"

/* OPENRC_SHEBANG: the first line. OPENRC_DEPEND: a line inside depend(), words as sh.h has them. */
enum openrc_kind { OPENRC_SHEBANG = SH_OWN, OPENRC_DEPEND };

extern const struct syn_format syn_format_openrc;

/* The script is meant for openrc-run (or its older name runscript), not for SysV's init. */
bool openrc_is_script(const struct syn_tree *tree);

/* Calls each for every name after need, use, want, after, before, provide or keyword. */
void openrc_depends(const struct syn_tree *tree,
		    void (*each)(void *data, struct span verb, const struct syn_word *name),
		    void *data);

#endif
