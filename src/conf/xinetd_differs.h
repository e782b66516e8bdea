/* Where the real xinetd 2.3.15 does another thing than this server: see xinetd_differs.c. */
#ifndef CONF_XINETD_DIFFERS_H
#define CONF_XINETD_DIFFERS_H

#include "conf/xinetd.h"

enum xin_differs {
	XIN_DIFFERS_V6ONLY_NO,
	XIN_DIFFERS_V6ONLY_DEFAULTS,
	XIN_DIFFERS_NUMERIC_USER,
	XIN_DIFFERS_TIMES,
	XIN_DIFFERS_QUOTES,
	XIN_DIFFERS_CPS,
	XIN_DIFFERS_PER_SOURCE,
	XIN_DIFFERS_ENVIRONMENT,
	XIN_DIFFERS_BOTH_LISTS,
	XIN_DIFFERS_NAMES,
	XIN_DIFFERS_REDIRECT,
	XIN_DIFFERS_TRAFFIC,
	XIN_DIFFERS_NICE,
	XIN_DIFFERS_LATE_DEFAULTS,
	XIN_DIFFERS_SENSOR,
	XIN_DIFFERS_N
};

extern const struct conf_difference xin_differences[];
/* Notes those that hold for the service. */
void xin_differ(struct xin_draft *draft, const struct service *service);

#endif
