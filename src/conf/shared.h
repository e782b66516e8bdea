/* What reading.c keeps while a configuration is read. Only conf.c and reading.c look inside. */
#ifndef CONF_SHARED_H
#define CONF_SHARED_H

#include "base/map.h"
#include "conf/conf.h"

struct conf_shared {
	struct map texts;                /* in the generation's arena */
	struct map users, groups, ports; /* answers, in scratch */
	struct map rpcs, protocols;
	struct map banners, programs;
	struct map ids;       /* small letters -> service */
	struct map sockets;   /* port and protocol -> the sockets on it */
	struct map seen;      /* files already in serve->files */
	struct map off, only; /* xinetd's lists "disabled" and "enabled", small letters */
	bool has_only;
	struct span networks; /* text of networks(5); p NULL: not read yet */
};

struct conf_shared conf_shared_of(struct conf_reading *reading);

#endif
