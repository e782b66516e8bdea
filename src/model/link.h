/* Link: one link of a SysV runlevel, as its directory has it (AUD-24). Plain data. */
#ifndef MODEL_LINK_H
#define MODEL_LINK_H

#include <stdbool.h>

struct sysv_link {
	const char *path;    /* "/etc/rc2.d/S20ssh" */
	const char *name;    /* "S20ssh" */
	char action;         /* 'S' or 'K' */
	unsigned order;      /* 0..99 */
	const char *service; /* "ssh" */
	const char *target;  /* the link's text; NULL: a hard link or a copy */
	const char *script; /* what it leads to, absolute and resolved; NULL: dangling or no file */
	bool executable;
};

#endif
