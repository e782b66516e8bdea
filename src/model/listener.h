/*
 * Listener: a socket that takes connections or datagrams; with --all also one that is
 * connected. Plain data, owned by the audit's arena. inventory/ fills the first part,
 * join/ the links to start records, judge/ the judgement.
 */
#ifndef MODEL_LISTENER_H
#define MODEL_LISTENER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/filter.h"
#include "net/addr.h"
#include "net/proto.h"

struct process;
struct start;

/* A network namespace; the auditor's own has self set. */
struct netns {
	uint64_t inode; /* 0 = the only one we could name */
	bool self;
	const char *name; /* "self", /run/netns name, or "netns:4026532201" */
	uint32_t n_processes;
};

struct listener_owner {
	const struct process *process;
	int32_t fd;  /* descriptor number, -1 = not known (found by cgroup only) */
	char access; /* 'r', 'w', 'u' as lsof says, ' ' unknown */
};

enum listener_owners {
	OWNERS_SEEN,   /* the list is complete as far as the search went */
	OWNERS_PART,   /* there may be more: the guided search stopped early */
	OWNERS_KERNEL, /* no process: NFS, WireGuard, ... */
	OWNERS_HIDDEN, /* not visible to this user */
	OWNERS_GONE,   /* the socket closed while we looked */
};

/* Why a start record is taken to be the cause. */
struct listener_start {
	struct start *start;
	const char *evidence; /* "cgroup /system.slice/ssh.service", "inetd.conf line", ... */
	bool guess;           /* plausible, not proven */
};

enum reach { REACH_HOST, REACH_LINK, REACH_PRIVATE, REACH_ANYONE, REACH_UNKNOWN, REACH_N };
enum verdict {
	VERDICT_KEEP,
	VERDICT_CONFINE,
	VERDICT_RESTRICT,
	VERDICT_LOCALIZE,
	VERDICT_DISABLE,
	VERDICT_REMOVE,
	VERDICT_N
};

struct listener {
	enum net_proto proto;
	uint8_t family;       /* AF_INET, AF_INET6, AF_UNIX, AF_PACKET, AF_VSOCK, AF_NETLINK */
	struct net_addr addr; /* inet only */
	uint32_t port;        /* host order; raw: IP protocol; packet: ethertype; vsock: 32 bits */
	uint32_t cid;         /* vsock */
	const char *path;     /* unix: "/run/x"; abstract ones begin with '@' */
	struct net_addr peer; /* family 0 unless connected */
	uint32_t peer_port;
	uint8_t state; /* TCP_LISTEN etc. (include/net/tcp_states.h), 7 = unconnected */
	uint32_t recv_queue, send_queue;
	uint32_t ifindex;   /* bound device or scope, 0 = none */
	const char *device; /* its name */
	bool v6only_known, v6only;
	bool also_ipv4; /* an IPv6 wildcard that takes IPv4 as well */

	uint32_t inode;  /* 0 = the kernel keeps none (orphaned, kernel socket) */
	uint64_t cookie; /* 0 = not known */
	uint32_t uid;
	const char *user;   /* creator's name */
	uint64_t cgroup_id; /* 0 = not known */
	const char *cgroup; /* cgroup v2 path of the creator at socket(2) time */
	const struct netns *netns;

	struct listener_owner *owners;
	uint32_t n_owners;
	enum listener_owners owners_state;

	struct listener_start *starts; /* best first */
	uint32_t n_starts;
	const char *no_start; /* "cannot find what starts it", "hand-started": said when n_starts is
				 0 */

	const char *service; /* catalog name, else services(5) name, else NULL */
	const char *instead; /* something safer of its kind, from the catalog; NULL: none known */
	const char *rpc;     /* "mountd (100005) v3", from the port mapper's registrations */
	enum reach reach;
	const char *reach_why;     /* "bound to 127.0.0.1", "wildcard, eth0 has 203.0.113.1", ... */
	enum filter_answer filter; /* what the packet filter lets through to it */
	enum verdict verdict;
	const char *reason;
	bool orphan; /* nothing enabled will start it again after a reboot */
};

const char *reach_name(enum reach reach);
const char *verdict_name(enum verdict verdict);
const char *listener_owners_name(enum listener_owners state);
/* Order of the report: protocol, port, family, address, path; never by pid or inode. */
int listener_cmp(const struct listener *a, const struct listener *b);

#endif
