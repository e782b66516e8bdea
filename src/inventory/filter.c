/*
 * Is there a packet filter in this network namespace? nftables answers NFT_MSG_GETTABLE
 * (linux/netfilter/nf_tables.h; iptables-nft lives there too), legacy iptables has its tables'
 * names in /proc/net/ip_tables_names and ip6_tables_names. Asking nftables would load its
 * module where that is possible: an audit changes nothing, so it looks for the module first.
 */
#include "inventory/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/fd.h"
#include "inventory/inventory.h"

/* The module exists as a file and is not loaded: nobody can have made a table. */
static bool
nft_sleeps(void)
{
	static const char *const endings[] = {"", ".xz", ".zst", ".gz"};
	struct utsname name;
	char path[256];

	if (access("/sys/module/nf_tables", F_OK) == 0 || uname(&name) < 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(endings); i++) {
		snprintf(path, sizeof(path),
			 "/lib/modules/%.64s/kernel/net/netfilter/nf_tables.ko%s", name.release,
			 endings[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

static int
saw_table(const struct nlmsghdr *message, void *data)
{
	if (message->nlmsg_type == (NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWTABLE))
		*(bool *)data = true;
	return MNL_CB_OK;
}

static enum filter_state
ask_nft(const struct mnl_socket *netlink)
{
	_Alignas(struct nlmsghdr) char buf[16384];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	struct nfgenmsg *family;
	bool table = false;
	int r;

	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = 1;
	family = mnl_nlmsg_put_extra_header(message, sizeof(*family));
	family->nfgen_family = AF_UNSPEC;
	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0)
		return FILTER_UNKNOWN;
	do {
		ssize_t n = mnl_socket_recvfrom(netlink, buf, sizeof(buf));

		if (n < 0)
			return FILTER_UNKNOWN;
		r = mnl_cb_run(buf, (size_t)n, 1, 0, saw_table, &table);
	} while (r > MNL_CB_STOP);
	/* EINVAL: this kernel has no such subsystem. */
	if (r < 0 && errno != EINVAL && errno != ENOENT)
		return FILTER_UNKNOWN;
	return table ? FILTER_PRESENT : FILTER_NONE;
}

static enum filter_state
nft_state(void)
{
	struct mnl_socket *netlink;
	enum filter_state state;

	if (nft_sleeps())
		return FILTER_NONE;
	netlink = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
	if (!netlink)
		return errno == EPROTONOSUPPORT ? FILTER_NONE : FILTER_UNKNOWN;
	state = ask_nft(netlink);
	mnl_socket_close(netlink);
	return state;
}

static enum filter_state
legacy_state(const char *path)
{
	char names[64];
	int n = fd_read_small_at(AT_FDCWD, path, names, sizeof(names));

	if (n < 0)
		return n == -ENOENT ? FILTER_NONE : FILTER_UNKNOWN;
	return n ? FILTER_PRESENT : FILTER_NONE;
}

void
inventory_filter(struct audit *audit)
{
	const enum filter_state states[] = {
		nft_state(),
		legacy_state("/proc/net/ip_tables_names"),
		legacy_state("/proc/net/ip6_tables_names"),
	};

	/* One that is there decides; one that could not be looked at spoils a "none". */
	audit->filter.state = FILTER_NONE;
	for (size_t i = 0; i < COUNT_OF(states); i++) {
		if (states[i] == FILTER_PRESENT)
			audit->filter.state = FILTER_PRESENT;
		if (states[i] == FILTER_UNKNOWN && audit->filter.state == FILTER_NONE)
			audit->filter.state = FILTER_UNKNOWN;
	}
	inventory_filter_rules(audit);
}
