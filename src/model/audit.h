/*
 * Audit: all that one run knows. The arena owns everything the pointers lead to.
 * inventory/ and start/ fill it, join/ links it, judge/ adds findings, report/ reads it.
 */
#ifndef MODEL_AUDIT_H
#define MODEL_AUDIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/diag.h"
#include "base/map.h"
#include "model/filter.h"
#include "model/finding.h"
#include "model/listener.h"
#include "model/policy.h"
#include "model/process.h"
#include "model/start.h"

struct iface_addr {
	struct net_addr addr;
	uint8_t bits;
};

struct iface {
	uint32_t index;
	const char *name;
	bool up, loopback;
	struct iface_addr *addrs;
	uint32_t n_addrs;
	const struct netns *netns;
};

/* One registration of the RPC port mapper (rpcbind), RFC 1833. */
struct rpc_entry {
	uint32_t program, version;
	enum net_proto proto;
	uint32_t port;
	const char *name; /* from /etc/rpc, or NULL */
};

struct audit {
	struct arena *arena;
	struct diags diags;
	const char *host;
	const char *root; /* "/" or the --root directory */
	bool live;        /* sockets and processes were looked at */
	bool privileged;  /* could see every process */
	bool root_asked;  /* the one who asked is root */
	const char *init; /* what pid 1 is (live) or would be: "systemd", "sysv", "openrc", ... */
	int64_t now;      /* seconds since 1970, the run's one clock */
	const char *previous_runlevel, *runlevel, *default_runlevel; /* AUD-26; NULL = unknown */

	struct {
		struct listener **v;
		size_t n, cap;
	} listeners;
	struct {
		struct process **v;
		size_t n, cap;
	} processes;
	struct map process_by_pid; /* pid -> struct process */
	struct {
		struct start **v;
		size_t n, cap;
	} starts;
	struct {
		struct finding **v;
		size_t n, cap;
	} findings;
	struct {
		struct iface *v;
		size_t n, cap;
	} ifaces;
	struct {
		struct netns **v;
		size_t n, cap;
	} netns;
	struct {
		struct rpc_entry *v;
		size_t n, cap;
	} rpc;

	struct filter filter;
	struct policy policy;
	const char *owner_strategy; /* which searches found the owners: "cgroup+threads" */
	uint32_t reachable;         /* listeners anyone or a private network can reach (POL-2) */
};

/* Something asked for could not be seen: goes to diags as DIAG_UNSEEN, makes the exit status 3. */
bool audit_complete(const struct audit *audit);
const struct process *audit_process(const struct audit *audit, pid_t pid);

#endif
