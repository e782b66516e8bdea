/*
 * SysV's files on disk: where this distribution keeps init scripts and the links of each
 * runlevel, and which links init runs, in its order. Used by read_sysv and by whoever shows a
 * runlevel (AUD-24, AUD-27).
 */
#ifndef START_SYSV_H
#define START_SYSV_H

#include "model/link.h"
#include "start/start.h"
#include "syntax/initscript.h"

/* Runlevels in the order init knows them; SuSE's boot.d is "B". */
#define SYSV_LEVELS "BS0123456"

struct sysv_links {
	struct sysv_link *v;
	size_t n;
};

/*
 * The links of one runlevel ("2", "S", "B") as init runs them: K before S, then by number, then
 * by name. What is no link of init's is left out with a note; a dangling link with a warning.
 */
struct sysv_links sysv_links(struct start_ctx *ctx, const char *runlevel);

/* The machine's directories of init scripts, each once, links resolved. NULL-terminated. */
const char **sysv_script_dirs(struct start_ctx *ctx);

/* Files that stand beside init scripts and are none, and parts of the init itself. */
bool sysv_is_no_script(const char *name);

/* The words of a header's line as one text; NULL when there are none. */
const char *sysv_joined(struct start_ctx *ctx, struct initscript_words words);

/*
 * The default runlevel: what the inittab reader found, else inittab's initdefault, upstart's
 * rc-sysinit.conf, or the distribution's habit (Red Hat and SuSE 3, others 2).
 */
const char *sysv_default_runlevel(struct start_ctx *ctx);

#endif
