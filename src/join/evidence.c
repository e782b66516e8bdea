/*
 * What the steps work with: links from listeners to start records, records made from processes,
 * and questions several steps ask (whose cgroup, which parent, whose port). See join.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/limits.h"
#include "base/span.h"
#include "base/vec.h"
#include "join/join.h"

/* A user may have thousands of units that start the same program, and a thousand sockets. */
#define MOST_LINKS 64u

static void
say_more_links(struct join *join, const struct start *start)
{
	if (join->said_more)
		return;
	join->said_more = true;
	diag_add(&join->audit->diags, DIAG_WARNING, start->file, start->line, 0,
		 "one of more than %u records that could be the cause of one listener; only the "
		 "first are shown",
		 MOST_LINKS);
}

void
join_link(struct join *join, struct listener *listener, struct start *start, bool guess,
	  const char *fmt, ...)
{
	struct arena *arena = join->audit->arena;
	struct listener_start *grown;
	char text[LIMIT_MESSAGE];
	va_list ap;

	for (uint32_t i = 0; i < listener->n_starts; i++)
		if (listener->starts[i].start == start)
			return;
	if (listener->n_starts >= MOST_LINKS) {
		say_more_links(join, start);
		return;
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	grown = arena_array(arena, (size_t)listener->n_starts + 1, sizeof(*grown));
	if (listener->n_starts)
		memcpy(grown, listener->starts, listener->n_starts * sizeof(*grown));
	grown[listener->n_starts] = (struct listener_start){start, arena_dup(arena, text), guess};
	listener->starts = grown;
	listener->n_starts++;
}

const struct join_cgroup *
join_cgroup_of(struct join *join, const char *path)
{
	struct join_cgroup *cgroup;

	if (!path)
		path = "/";
	cgroup = map_get_text(&join->cgroups, path);
	if (cgroup)
		return cgroup;
	cgroup = arena_alloc(join->audit->arena, sizeof(*cgroup));
	join_cgroup_read(join->audit->arena, path, cgroup);
	map_put_text(&join->cgroups, path, cgroup);
	return cgroup;
}

const struct process *
join_parent(const struct join *join, const struct process *process)
{
	const struct process *parent = audit_process(join->audit, process->ppid);

	/* A pid that was used again cannot be older than its child. */
	return parent && parent != process && parent->start_ticks <= process->start_ticks ? parent
											  : NULL;
}

struct start *
join_make(struct join *join, const char *mechanism, const char *key, enum start_when when)
{
	struct audit *audit = join->audit;
	char *full = arena_printf(audit->arena, "%s\n%s", mechanism, key);
	struct start *start = map_get_text(&join->by_made, full);

	if (start)
		return start;
	start = arena_alloc(audit->arena, sizeof(*start));
	*start = (struct start){
		.mechanism = mechanism,
		.name = arena_dup(audit->arena, key),
		.when = when,
		.index = (uint32_t)audit->starts.n,
	};
	vec_push(audit->arena, &audit->starts, start);
	map_put_text(&join->by_made, full, start);
	return start;
}

static bool
port_is(const struct start_port *port, const struct listener *listener, const struct start *start,
	bool any_family)
{
	bool same_proto = port->proto == listener->proto ||
			  (port->proto == NET_TCP && listener->proto == NET_MPTCP);
	struct net_addr want = net_addr_unmap(&port->addr), have = net_addr_unmap(&listener->addr);

	if (port->path)
		return net_proto_is_unix(listener->proto) && text_is(port->path, listener->path);
	if (!same_proto || net_proto_is_unix(listener->proto))
		return false;
	/* An RPC service's port is not in its line; the super-server's other lines have theirs. */
	if (port->rpc_program)
		return start->listens_itself && join_rpc_is(listener, port->rpc_program);
	if (port->port != listener->port)
		return false;
	if (!any_family && port->family && port->family != listener->family &&
	    !(port->family == AF_INET && listener->also_ipv4))
		return false;
	if (port->device && !text_is(port->device, listener->device))
		return false;
	if (!port->addr.family || net_addr_is_wildcard(&want))
		return true;
	return net_addr_is(&want, &have);
}

static bool
declares(const struct start *start, const struct listener *listener, bool any_family)
{
	for (uint32_t i = 0; i < start->n_ports; i++)
		if (port_is(&start->ports[i], listener, start, any_family))
			return true;
	return false;
}

bool
join_declares(const struct start *start, const struct listener *listener)
{
	return declares(start, listener, false);
}

bool
join_declares_port(const struct start *start, const struct listener *listener)
{
	return declares(start, listener, true);
}

bool
join_is_native(const struct join *join, const struct process *process)
{
	const struct process *init = audit_process(join->audit, 1);

	if (process->pidns && init && init->pidns && process->pidns != init->pidns)
		return false;
	return !process->root || text_is(process->root, "/");
}
