/*
 * What xinetd 2.3.15 makes of its configuration: which services it starts and why not the
 * others. The order of the steps is the program's own (tests/differential/ compares the two):
 * sections as they are read, the lists "enabled" and "disabled", filling in, checks, sockets.
 */
#ifndef START_XINETD_H
#define START_XINETD_H

#include "base/map.h"
#include "start/start.h"
#include "syntax/xinetd.h"

struct xinetd_service {
	const char *name, *id;
	const char *file;
	uint32_t line;
	const char *description; /* of the comment above it, or NULL */
	bool dropped;            /* gone before the lists are looked at */
	bool disabled;           /* xinetd's own flag */
	bool active;             /* it will listen */
	const char *state;       /* why not, or why */
	const char *switch_file; /* the line that decided */
	uint32_t switch_line;
	bool specified[XINETD_N_ATTRS];
	struct xinetd_setting set[XINETD_N_ATTRS]; /* the last that counted */
	unsigned type, flags, socket;
	bool wait, traffic;
	const char *protocol; /* given or inferred */
	uint32_t port, rpc_low, rpc_high, rpc_number;
	struct net_addr bind; /* family 0 = none, or a name that is not resolved here */
};

struct xinetd_list_item {
	const char *id, *file;
	uint32_t line;
};

struct xinetd_conf {
	struct xinetd_service **v;
	size_t n, cap;
	struct map enabled, disabled; /* the lists' items by id in small letters: xinetd's way */
	bool cut;                     /* more than LIMIT_SUPER_SERVICES */
	struct xinetd_service *defaults;
	bool ends; /* a mistake in "defaults": xinetd does not run at all */
};

/* NULL when the file is not there or cannot be read. */
struct xinetd_conf *xinetd_conf_read(struct start_ctx *ctx, const char *path);
/* What the lists of defaults, and defaults itself, have against a line of inetd.conf (xinetd
 * -inetd_compat); NULL = nothing. A section of the same id does not hide it, see read_inetd.c. */
const char *xinetd_forbids(struct arena *arena, const struct xinetd_conf *conf, const char *id);

/* The family of the socket a service opens: AF_INET, or AF_INET6 (which may take both). */
uint8_t xinetd_family(const struct xinetd_service *service);

#endif
