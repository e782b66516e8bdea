/*
 * Configuration: files in any of the super-servers' languages -> services. Sources: xinetd.conf(5),
 * each inetd(8); where a manual and its program differ see gatehouse.conf(5). What is unknown or
 * malformed is an error with file:line:col; a service with an error stays closed, the others are
 * served; nothing is ever opened wider than it was written.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/err.h"
#include "base/root.h"
#include "model/service.h"
#include "net/proto.h"
#include "syntax/inetd.h"

/* Answers a front end needs from the machine; NSS on a live one, files under a --root. */
struct conf_lookup {
	void *data;
	/* Each: true when known. */
	bool (*user)(void *data, const char *name, uid_t *ret_uid, gid_t *ret_gid);
	/* The other way round; NULL: nobody is known by number. The name is good until the next. */
	bool (*uid)(void *data, uid_t uid, const char **ret_name, gid_t *ret_gid);
	bool (*group)(void *data, const char *name, gid_t *ret_gid);
	bool (*port)(void *data, const char *name, enum net_proto proto, uint16_t *ret);
	bool (*rpc)(void *data, const char *name, uint32_t *ret_program);
	bool (*protocol)(void *data, const char *name, uint32_t *ret_number);
	/* Addresses of a host name (redirect, bind, only_from): at most max; gives how many. */
	size_t (*host)(void *data, const char *name, struct net_addr *ret, size_t max);
};
/* The live machine's own. */
extern const struct conf_lookup conf_lookup_live;

struct conf_options {
	const struct root *root;
	const struct conf_lookup *lookup;
	const char *const *files;             /* NULL-terminated; none: the defaults that exist */
	const char *dialect;                  /* of inetd files: "openbsd" ...; NULL = sniffed */
	bool privileged;                      /* else users are not switched and ports not judged */
	const char *hosts_allow, *hosts_deny; /* NULL = /etc/hosts.allow, /etc/hosts.deny */
	bool no_wrap;                         /* hosts.* is not asked for any service */
	uint32_t default_rate;                /* inetd -R; 0 = the dialect's */
	bool differences;                     /* collect them: see conf_differ() */
};

struct conf_reading;
struct conf_difference;

/* One row per language, conf/front_<word>.c. */
struct conf_front {
	const char *name; /* "xinetd", "inetd" */
	const char *doc;
	/* How sure the front end is that the text is its own: 0 = no ... 100. */
	int (*sniff)(const char *path, struct span text);
	void (*read)(struct conf_reading *reading, const char *path);
	const struct conf_difference *differences; /* ends with a NULL id; NULL = none */
};
extern const struct conf_front *const conf_fronts[]; /* NULL-terminated */

/* What front ends share: see conf/reading.h. */
struct conf_shared;
struct conf_reading {
	const struct conf_options *options;
	struct serve *serve;
	struct arena *scratch; /* trees and file texts: given back when reading is done */
	void *front;           /* the front end's own */
	struct conf_shared *shared;
};

/*
 * Reads everything. Fails only when nothing can be read at all (no file, no memory); mistakes are
 * in serve->diags, and serve->n_closed counts the services left out. Free with serve_free().
 */
must_check int conf_load(const struct conf_options *options, struct serve **ret, struct err *err);
void serve_free(struct serve *serve);

/*
 * Where this server and the original would not do the same with a service: for `gatehouse check`
 * and gatehouse.conf(5). Each difference is a row of the front end's table; which rows hold for a
 * service is decided when it is read.
 */
struct conf_difference {
	const char *id;       /* "cps-closes-listener" */
	const char *original; /* what it really does: "xinetd closes the port for 10 seconds" */
	const char *ours;
};
struct conf_differs {
	const struct service *service; /* NULL: left out or off */
	const char *id;                /* the service's id */
	struct service_place place;
	const struct conf_difference *difference;
};
/* Filled beside the services; reading->serve's arena. See conf/differs.c. */
void conf_differ(struct conf_reading *reading, const struct service *service, const char *id,
		 struct service_place place, const struct conf_difference *difference);
size_t conf_differences(const struct serve *serve, const struct conf_differs **ret);

#endif
