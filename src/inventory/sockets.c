/*
 * Sockets of every network namespace: one table of kinds; each is asked from sock_diag
 * with a state mask, so that a million connections cost nothing when only listeners are
 * wanted, and read from /proc/net where sock_diag will not answer.
 *
 * The own namespace is read by the caller's thread. Others are entered by one helper thread,
 * which never comes back and so cannot leave the program in the wrong one.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink_diag.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <linux/vm_sockets_diag.h>
#include <net/if.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/vec.h"
#include "inventory/cgroup.h"
#include "inventory/ifaces.h"
#include "inventory/inventory.h"
#include "inventory/netns.h"
#include "inventory/sock.h"
#include "inventory/users.h"

/* The question to sock_diag ---------------------------------------------------------- */

/* Filtered by the kernel: the states in which any socket of that kind takes something. */
static uint32_t
states_of(const struct sock_kind *kind, bool all)
{
	if (all || kind->format == LIST_NETLINK)
		return SOCK_ALL_STATES;
	return 1u << SOCK_LISTEN | (kind->streams ? 0 : 1u << SOCK_CLOSE);
}

static void
ask_inet(struct nlmsghdr *message, const struct sock_kind *kind, uint32_t states)
{
	struct inet_diag_req_v2 *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	request->sdiag_family = kind->family;
	request->sdiag_protocol = (uint8_t)kind->protocol;
	request->idiag_states = states;
	if (kind->protocol > UINT8_MAX)
		mnl_attr_put_u32(message, INET_DIAG_REQ_PROTOCOL, kind->protocol);
}

static void
ask_unix(struct nlmsghdr *message, const struct sock_kind *kind, uint32_t states)
{
	struct unix_diag_req *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	request->sdiag_family = AF_UNIX;
	request->udiag_states = states;
	request->udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID;
}

static void
ask_packet(struct nlmsghdr *message, const struct sock_kind *kind, uint32_t states)
{
	struct packet_diag_req *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	request->sdiag_family = AF_PACKET;
	request->pdiag_show = PACKET_SHOW_INFO;
}

static void
ask_vsock(struct nlmsghdr *message, const struct sock_kind *kind, uint32_t states)
{
	struct vsock_diag_req *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	request->sdiag_family = AF_VSOCK;
	request->vdiag_states = states;
}

static void
ask_netlink(struct nlmsghdr *message, const struct sock_kind *kind, uint32_t states)
{
	struct netlink_diag_req *request = mnl_nlmsg_put_extra_header(message, sizeof(*request));

	request->sdiag_family = AF_NETLINK;
	request->sdiag_protocol = NDIAG_PROTO_ALL;
}

static void (*const asks[])(struct nlmsghdr *message, const struct sock_kind *kind,
			    uint32_t states) = {
	[LIST_INET] = ask_inet,   [LIST_UNIX] = ask_unix,       [LIST_PACKET] = ask_packet,
	[LIST_VSOCK] = ask_vsock, [LIST_NETLINK] = ask_netlink,
};

/* The kernel fills at most this much of one dump into a datagram. */
#define DUMP_BYTES (32u << 10)

static int
ask_diag(const struct mnl_socket *netlink, const struct sock_kind *kind, struct sock_out *out)
{
	_Alignas(struct nlmsghdr) char buf[DUMP_BYTES];
	struct nlmsghdr *message = mnl_nlmsg_put_header(buf);
	static _Thread_local uint32_t seq;
	int r;

	message->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	message->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message->nlmsg_seq = ++seq;
	asks[kind->format](message, kind, states_of(kind, out->all));
	if (mnl_socket_sendto(netlink, message, message->nlmsg_len) < 0)
		return -errno;
	do {
		ssize_t n = mnl_socket_recvfrom(netlink, buf, sizeof(buf));

		if (n < 0 && errno == EINTR) {
			r = 1;
			continue;
		}
		if (n <= 0)
			return n ? -errno : -EPIPE;
		r = diag_parse(kind, buf, (size_t)n, seq, out);
	} while (r > 0);
	return r;
}

/* One namespace ---------------------------------------------------------------------- */

struct dump {
	struct audit *audit;
	const struct inventory_options *options;
	struct netns_places places;
	struct cgroup_tree cgroups;
	struct users users;
	bool said_no_diag, said_no_vsock;
};

/* What of one namespace can be reached: either may be missing (NULL, negative errno). */
struct access {
	struct mnl_socket *netlink;
	int proc;
	bool inside; /* this thread is in that namespace */
	const struct netns *netns;
};

static bool
is_registered(const struct dump *dump, int proc, const char *name)
{
	auto_fd fd = openat(proc, "protocols", O_RDONLY | O_CLOEXEC);
	struct span text;

	if (fd < 0 || fd_read_all(fd, dump->audit->arena, LIMIT_FILE_BYTES, &text) < 0)
		return false;
	while (text.n) {
		struct span line = span_cut(&text, '\n');

		if (span_is(span_word(&line), name))
			return true;
	}
	return false;
}

/* Some kinds have no file, or sock_diag sits in a module: nothing is lost if nobody can use them.
 */
static void
without_file(struct dump *dump, const struct access *access, const struct sock_kind *kind)
{
	if (!kind->registered || dump->said_no_vsock || access->proc < 0 ||
	    !is_registered(dump, access->proc, kind->registered))
		return;
	dump->said_no_vsock = true;
	diag_add(&dump->audit->diags, DIAG_NOTE, NULL, 0, 0,
		 "this kernel cannot list %s sockets (no sock_diag for them, no file)",
		 net_proto_name(kind->proto));
}

static void
read_file(struct dump *dump, const struct access *access, const struct sock_kind *kind,
	  struct sock_out *out)
{
	const char *name = arena_printf(dump->audit->arena, "/proc/net/%s", kind->proc);
	auto_fd fd = -1;
	struct span text;
	size_t bad;
	int r;

	fd = access->proc < 0 ? access->proc
			      : openat(access->proc, kind->proc, O_RDONLY | O_CLOEXEC);
	r = access->proc < 0 ? access->proc : fd < 0 ? -errno : 0;
	if (r == -ENOENT && access->proc >= 0)
		return; /* this kernel has no such sockets */
	if (r == 0)
		r = fd_read_all(fd, dump->audit->arena, LIMIT_DATABASE_BYTES, &text);
	if (r < 0) {
		diag_add(&dump->audit->diags, DIAG_UNSEEN, name, 0, 0,
			 "cannot list %s sockets of network namespace %s: %s",
			 net_proto_name(kind->proto), access->netns->name, strerror(-r));
		return;
	}
	bad = procnet_parse(kind, text, out);
	if (bad)
		diag_add(&dump->audit->diags, DIAG_WARNING, name, 0, 0,
			 "%zu lines are no sockets (a newline in the name of a unix socket?)", bad);
}

static void
list_kind(struct dump *dump, const struct access *access, const struct sock_kind *kind,
	  struct sock_out *out)
{
	size_t before = out->rows.n;
	int r = -ENOENT;

	if (kind->diag && access->netlink)
		r = ask_diag(access->netlink, kind, out);
	if (r == 0)
		return;
	out->rows.n = before; /* half a list is started again from the file */
	if (kind->proc)
		read_file(dump, access, kind, out);
	else
		without_file(dump, access, kind);
}

/* An MPTCP listener is one door, though TCP's list has its first subflow with the same inode. */
static void
drop_subflows(struct sock_out *out, struct arena *arena)
{
	struct map mptcp = map_of(arena);
	size_t kept = 0;

	for (size_t i = 0; i < out->rows.n; i++)
		if (out->rows.v[i]->proto == NET_MPTCP && out->rows.v[i]->inode)
			map_put(&mptcp, out->rows.v[i]->inode, out->rows.v[i]);
	if (!mptcp.n)
		return;
	for (size_t i = 0; i < out->rows.n; i++)
		if (out->rows.v[i]->proto != NET_TCP || !map_get(&mptcp, out->rows.v[i]->inode))
			out->rows.v[kept++] = out->rows.v[i];
	out->rows.n = kept;
}

static const char *
device_name(struct dump *dump, const struct access *access, uint32_t ifindex)
{
	char name[IF_NAMESIZE];

	/* Names are asked from the namespace the thread is in; without entering only numbers. */
	if (access->inside && if_indextoname(ifindex, name))
		return arena_dup(dump->audit->arena, name);
	return arena_printf(dump->audit->arena, "if%u", ifindex);
}

static bool
is_link_local(const struct net_addr *addr)
{
	return addr->family == AF_INET6 && net_addr_class(addr) == NET_CLASS_LINK;
}

static void
finish_row(struct dump *dump, const struct access *access, struct listener *row)
{
	row->netns = access->netns;
	row->user = user_name(&dump->users, row->uid);
	if (row->cgroup_id)
		row->cgroup = cgroup_path(&dump->cgroups, row->cgroup_id);
	if (row->ifindex)
		row->device = device_name(dump, access, row->ifindex);
	if (is_link_local(&row->addr))
		row->addr.scope = row->ifindex;
	row->also_ipv4 = row->family == AF_INET6 && row->v6only_known && !row->v6only &&
			 net_addr_is_wildcard(&row->addr);
	vec_push(dump->audit->arena, &dump->audit->listeners, row);
}

static void
list_netns(struct dump *dump, const struct access *access)
{
	struct sock_out out = {.arena = dump->audit->arena, .all = dump->options->all};

	for (const struct sock_kind *kind = sock_kinds; kind->family; kind++)
		if (!kind->on_request || dump->options->netlink)
			list_kind(dump, access, kind, &out);
	drop_subflows(&out, dump->audit->arena);
	for (size_t i = 0; i < out.rows.n; i++)
		finish_row(dump, access, out.rows.v[i]);
}

static struct mnl_socket *
open_diag(struct dump *dump)
{
	struct mnl_socket *netlink =
		dump->options->no_diag ? NULL : mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);

	if (!netlink && !dump->said_no_diag) {
		dump->said_no_diag = true;
		diag_add(&dump->audit->diags, DIAG_NOTE, NULL, 0, 0,
			 "sock_diag is not to be had: read from /proc/net, which tells neither "
			 "v6only, nor the bound device, nor the cgroup");
	}
	return netlink;
}

/* The namespace this thread is in. */
static void
list_here(struct dump *dump, const struct netns *netns)
{
	auto_fd proc = open("/proc/thread-self/net", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct access access = {open_diag(dump), proc < 0 ? -errno : proc, true, netns};

	list_netns(dump, &access);
	ifaces_read(dump->audit, netns);
	if (access.netlink)
		mnl_socket_close(access.netlink);
}

/* Other namespaces ------------------------------------------------------------------- */

static void
list_from_outside(struct dump *dump, const struct netns_place *place, int why)
{
	struct access access = {NULL, netns_proc_dir(place), false, place->netns};

	if (access.proc < 0) {
		diag_add(&dump->audit->diags, DIAG_UNSEEN, NULL, 0, 0,
			 "cannot look into network namespace %s: %s", place->netns->name,
			 strerror(-why));
		return;
	}
	diag_add(&dump->audit->diags, DIAG_NOTE, NULL, 0, 0,
		 "network namespace %s is read from outside (%s): v6only, devices and cgroups of "
		 "its sockets are not known",
		 place->netns->name, strerror(-why));
	list_netns(dump, &access);
	fd_close(access.proc);
}

static bool
is_gone(const struct netns_place *place)
{
	int fd = place->mount ? -EACCES : netns_proc_dir(place);

	if (fd >= 0)
		close(fd);
	return fd == -ENOENT || fd == -ESRCH;
}

static void *
list_others(void *arg)
{
	struct dump *dump = arg;

	for (size_t i = 1; i < dump->places.n; i++) {
		struct netns_place *place = &dump->places.v[i];
		int r = netns_enter(place);

		if (r == 0)
			list_here(dump, place->netns);
		else if (!is_gone(place)) /* else its last process ended: nothing is lost */
			list_from_outside(dump, place, r);
	}
	return NULL;
}

void
inventory_sockets(struct audit *audit, const struct inventory_options *options)
{
	struct dump dump = {
		.audit = audit,
		.options = options,
		.places = netns_places(audit, options),
		.cgroups = cgroup_open(audit->arena),
		.users = users_of(audit->arena),
	};
	pthread_t thread;
	int r;

	list_here(&dump, dump.places.v[0].netns);
	if (dump.places.n > 1) {
		r = pthread_create(&thread, NULL, list_others, &dump);
		if (r == 0)
			pthread_join(thread, NULL);
		else
			diag_add(&audit->diags, DIAG_UNSEEN, NULL, 0, 0,
				 "cannot look into other network namespaces: %s", strerror(r));
	}
	if (dump.places.hidden)
		diag_add(&audit->diags, DIAG_UNSEEN, NULL, 0, 0,
			 "the network namespaces of %zu processes are not visible",
			 dump.places.hidden);
	cgroup_close(&dump.cgroups);
}
