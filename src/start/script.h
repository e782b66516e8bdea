/*
 * What a script starts, told from its text: the commands it would run and the variables they
 * are made of, without running anything. For init scripts, openrc-run and run scripts.
 */
#ifndef START_SCRIPT_H
#define START_SCRIPT_H

#include "start/start.h"
#include "syntax/sh.h"

/* All assignments of a script and of the files it sources (/etc/default/x), in their order. */
struct sh_vars script_vars(struct start_ctx *ctx, const struct syn_tree *tree, const char *path);
/* The same into variables that hold something already. */
void script_read_vars(struct start_ctx *ctx, struct sh_vars *vars, const struct syn_tree *tree);
/* Adds the assignments of one more file; false when it is not there. */
bool script_add_vars(struct start_ctx *ctx, struct sh_vars *vars, const char *path);

/*
 * Fills command, exe, programs, user, pidfile and line from the commands of a script: the first
 * one that is started in a known way (start-stop-daemon, daemon, startproc, ...) is its command;
 * each absolute program it runs or names in a variable is among its programs.
 */
void script_describe(struct start_ctx *ctx, struct start *start, const struct syn_tree *tree,
		     const struct sh_vars *vars);

/* command[] -> user, as far as setuidgid, chpst -u and the like say it. */
void script_user(struct start_ctx *ctx, struct start *start);

/* A name as one word of a command a person may paste: quoted when a shell would do more with it. */
const char *script_quote(struct start_ctx *ctx, const char *name);
/* A format with "%s" twice, both the quoted name. */
const char *script_off(struct start_ctx *ctx, const char *format, const char *name);

/* A program's absolute path: as it is, or found in the machine's usual PATH; NULL = nowhere. */
const char *script_find(struct start_ctx *ctx, const char *program);

#endif
