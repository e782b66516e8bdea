/*
 * run: the run script of a runit, daemontools or s6 service directory: shell, or execline
 * (s6's chain language), where the whole file is one chain of programs.
 */
#ifndef SYNTAX_RUN_H
#define SYNTAX_RUN_H

#include "syntax/sh.h"

/* RUN_SHEBANG: the first line. RUN_CHAIN: a line of execline; words are its arguments, blocks'
 * braces included. */
enum run_kind { RUN_SHEBANG = SH_OWN, RUN_CHAIN };

extern const struct syn_format syn_format_run;

bool run_is_execline(const struct syn_tree *tree);
/* The arguments of the whole execline chain, in order. */
struct sh_command run_chain(const struct syn_tree *tree);

#endif
