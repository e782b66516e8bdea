/*
 * What the files of the inetd.conf front end share: front_inetd.c reads files and directories and
 * decides whose dialect it is, inetd_service.c makes a service of one entry, inetd_differs.c says
 * where the original does something else.
 */
#ifndef CONF_INETD_H
#define CONF_INETD_H

#include "conf/conf.h"

/* One row per dialect. */
struct inetd_family {
	const char *name, *front;
	uint32_t rate;      /* starts per minute when the entry says none; 0 = no limit */
	uint32_t penalty_s; /* how long the original stays shut when that was too much */
	bool tcpmux;        /* has the built-in tcpmux */
	bool quotes;        /* takes them off arguments */
	bool ipsec;         /* "#@" lines are more than comments */
	const struct conf_difference *rate_differs;
};
extern const struct inetd_family inetd_families[INETD_N_DIALECTS];

/* Reading one path and what it includes. */
struct inetd_reading {
	struct conf_reading *conf;
	enum inetd_dialect dialect;
	const struct inetd_family *family;
	unsigned depth, n_files;
	/* For the entries that follow in the file, and in those it includes. */
	struct span hosts;
	bool ipsec;
	const char *const *env; /* of every program */
};

/* One entry in force; what is wrong with it is in the diagnostics, and then it adds nothing. */
void inetd_service_add(struct inetd_reading *r, const struct syn_tree *tree,
		       const struct syn_node *node);

/* Every difference there is, for gatehouse.conf(5); inetd_differs.c. */
enum inetd_differs {
	INETD_DIFFERS_RATE_10_MIN,
	INETD_DIFFERS_RATE_60_S,
	INETD_DIFFERS_ENVIRONMENT,
	INETD_DIFFERS_SOURCE_PREFIX,
	INETD_DIFFERS_WRAP,
	INETD_DIFFERS_TCPD,
	INETD_DIFFERS_LOOP,
	INETD_DIFFERS_UNKNOWN_USER,
	INETD_DIFFERS_DOTTED_USER,
	INETD_DIFFERS_WAIT,
	INETD_DIFFERS_PROTOCOL,
	INETD_DIFFERS_PROGRAM,
	INETD_DIFFERS_MANY_ARGS,
	INETD_DIFFERS_NAME_46,
	INETD_DIFFERS_NUMBER,
	INETD_DIFFERS_CLASS,
	INETD_DIFFERS_FILTER,
	INETD_DIFFERS_IPSEC,
	INETD_DIFFERS_BUILTIN,
	INETD_DIFFERS_MIXED,
	INETD_DIFFERS_TWICE,
	INETD_DIFFERS_SESSION,
	INETD_DIFFERS_N
};
extern const struct conf_difference inetd_differences[INETD_DIFFERS_N + 1];

#endif
