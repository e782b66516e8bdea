/* What runit, daemontools and s6 have in common: directories of services, one "run" in each. */
#ifndef START_SUPERVISE_H
#define START_SUPERVISE_H

#include "start/start.h"

/* A directory a scanner may watch. */
struct supervise_dir {
	const char *path;
	const char *level; /* runit's runsvdir name, NULL = there is only one */
	bool boot;         /* it is the one watched after boot */
};

struct supervise_dirs {
	struct supervise_dir *v;
	size_t n, cap;
};

/* Adds path unless it is not there or is, by another name, among dirs already. */
void supervise_add_dir(struct start_ctx *ctx, struct supervise_dirs *dirs, const char *path,
		       const char *level, bool boot);

/*
 * /service, /etc/service and /var/service, as far as they belong to this mechanism: told by the
 * scanner that inittab starts, else by the one that is installed.
 */
void supervise_add_common(struct start_ctx *ctx, struct supervise_dirs *dirs,
			  const char *mechanism);

/* Directories named on the command line of a scanner that inittab or another record starts. */
void supervise_add_started(struct start_ctx *ctx, struct supervise_dirs *dirs,
			   const char *mechanism);

/* Adds a record for each service of these directories; those standing only in `available` (or
 * NULL) are installed and not started. */
void supervise_read(struct start_ctx *ctx, const char *mechanism, const struct supervise_dirs *dirs,
		    const char *available);

#endif
