/*
 * Inventory: what runs. Fills the audit's listeners, processes, interfaces, namespaces.
 * Each function can be called alone; none fails as a whole: what could not be seen is a
 * DIAG_UNSEEN in audit->diags and the rest goes on.
 *
 * Races are the normal case: a process may end, a pid may be used again, a socket may close
 * between two reads. An owner is only believed when (pid, start time) is the same before and
 * after its descriptors were read, and a listener keeps its cookie.
 */
#ifndef INVENTORY_INVENTORY_H
#define INVENTORY_INVENTORY_H

#include "base/root.h"
#include "model/audit.h"

struct bpf_tasks;

enum inventory_netns { INVENTORY_NETNS_ALL, INVENTORY_NETNS_SELF };

/* Searches for the owners of sockets, by price; AUTO is the guided one of the design. */
enum inventory_owners { OWNERS_AUTO, OWNERS_CGROUP, OWNERS_THREADS, OWNERS_BPF, OWNERS_NONE };

struct inventory_options {
	enum inventory_netns netns;
	enum inventory_owners owners;
	bool all;           /* connected sockets too, not only listeners */
	bool netlink;       /* netlink sockets too */
	bool no_diag;       /* act as if NETLINK_SOCK_DIAG were missing: /proc/net only (tests) */
	bool every_process; /* facts of all processes, not only of owners and their ancestors */
	bool ps;            /* also what ps(1) shows (cpu, memory, state) */
	unsigned threads;   /* 0 = by the number of processors */
	struct bpf_tasks *tasks; /* of inventory_begin; NULL = each call by itself */
};

/* What is worth preparing when several of these calls follow; inventory_end gives it back. */
void inventory_begin(struct inventory_options *options);
void inventory_end(struct inventory_options *options);

/* Sockets of the wanted network namespaces, then their owners, then the owners' facts. */
void inventory_sockets(struct audit *audit, const struct inventory_options *options);
void inventory_owners(struct audit *audit, const struct inventory_options *options);
/* Facts of every owner and its chain of parents (or of every process). */
void inventory_processes(struct audit *audit, const struct inventory_options *options);
void inventory_ifaces(struct audit *audit);
/* RPC registrations, asked from the port mapper's local socket; silent when there is none. */
void inventory_rpc(struct audit *audit);
/* Whether a packet filter is present: FILTER_UNKNOWN without the rights to look. */
void inventory_filter(struct audit *audit);
/* Host name, boot's runlevels (utmp), init. */
void inventory_host(struct audit *audit, const struct root *root);

/*
 * Packages: one pass over dpkg's or rpm's lists for the paths asked. Paths are absolute as
 * the machine writes them, merged /usr is understood. Fills ret[i] with a name or NULL.
 */
void inventory_packages(const struct root *root, struct arena *arena, struct diags *diags,
			const char *const *paths, size_t n, const char **ret);

/*
 * The same in two steps, for somebody who has other work before he knows the paths: the lists
 * are read aside, and when the paths are known only those are read again that may have one.
 */
struct package_lists;
struct package_lists *inventory_packages_begin(const struct root *root);
void inventory_packages_end(struct package_lists *lists, struct arena *arena, struct diags *diags,
			    const char *const *paths, size_t n, const char **ret);

/* For tests. */
const char *inventory_owners_name(enum inventory_owners strategy);

/* Who has this file open (AUD-18): pids in the arena, by scanning all descriptors. */
struct inventory_pids {
	pid_t *v;
	size_t n;
};
void inventory_who_opened(struct audit *audit, const char *path, struct inventory_pids *ret);

#endif
