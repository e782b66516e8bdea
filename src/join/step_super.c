/*
 * Sockets held for somebody else: super-servers and socket units. The listener belongs to
 * inetd, xinetd or pid 1; the cause is a line of configuration (AUD-12).
 */
#include <string.h>

#include "base/span.h"
#include "join/program.h"

static bool
has_argument(const struct process *process, const char *argument)
{
	for (const char **arg = process->argv; arg && *arg; arg++)
		if (strcmp(*arg, argument) == 0)
			return true;
	return false;
}

/* Whose lines a super-server serves. */
static bool
serves(const struct process *process, const char *mechanism, const char *lines_of)
{
	if (join_super_server_reads(mechanism, lines_of))
		return true;
	return text_is(mechanism, "xinetd") && text_is(lines_of, "inetd") &&
	       has_argument(process, "-inetd_compat");
}

/* The lines of a super-server that declare the listener, by the given test. */
static bool
link_lines(struct join *join, struct listener *listener, const struct process *owner,
	   bool (*declares)(const struct start *, const struct listener *))
{
	struct audit *audit = join->audit;
	const char *mechanism = join_super_server(owner);
	int32_t reads = join_super_server_file(owner) ? (int32_t)owner->pid : 0;
	struct start *off = NULL;
	uint32_t before = listener->n_starts;

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		if (!start->listens_itself || start->server_pid != reads ||
		    !serves(owner, mechanism, start->mechanism) || !declares(start, listener))
			continue;
		if (start->enabled)
			join_link(join, listener, start, false, "%s (pid %d) serves this line",
				  owner->comm, (int)owner->pid);
		else if (!off)
			off = start;
	}
	if (listener->n_starts == before && off)
		join_link(join, listener, off, true,
			  "%s (pid %d) still serves this line, which is off now: not reloaded",
			  owner->comm, (int)owner->pid);
	return listener->n_starts > before;
}

bool
join_by_super_server(struct join *join, struct listener *listener, const struct process *owner)
{
	return join_super_server(owner) && (link_lines(join, listener, owner, join_declares) ||
					    link_lines(join, listener, owner, join_declares_port));
}

static struct start *
record_of(const struct audit *audit, const char *mechanism, const char *name)
{
	for (size_t i = 0; name && i < audit->starts.n; i++)
		if (text_is(audit->starts.v[i]->mechanism, mechanism) &&
		    text_is(audit->starts.v[i]->name, name))
			return audit->starts.v[i];
	return NULL;
}

static void
link_activated(struct join *join, struct listener *listener, const struct start *socket)
{
	struct start *service = record_of(join->audit, socket->mechanism, socket->activates);

	if (service)
		join_link(join, listener, service, false, "started by %s", socket->name);
}

bool
join_by_socket_unit(struct join *join, struct listener *listener, const struct process *owner)
{
	struct audit *audit = join->audit;
	const struct join_cgroup *made = join_cgroup_of(join, listener->cgroup);
	bool manager = owner->pid == 1 || (text_is(owner->comm, "systemd") && !owner->untrusted);
	bool in_socket = made->unit && text_ends(made->unit, ".socket");
	uint32_t before = listener->n_starts;

	if (!manager && !in_socket)
		return false;
	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		/* A user's manager holds no socket of the system's units. */
		if (!text_ends(start->unit, ".socket") || start->dormant ||
		    (owner->uid != 0 && !start->session && !in_socket))
			continue;
		if (in_socket ? !text_is(start->unit, made->unit) : !join_declares(start, listener))
			continue;
		if (in_socket)
			join_link(join, listener, start, false, "made in cgroup %s",
				  listener->cgroup);
		else
			join_link(join, listener, start, !start->enabled,
				  "%s (pid %d) holds it for this unit", owner->comm,
				  (int)owner->pid);
		link_activated(join, listener, start);
	}
	return listener->n_starts > before;
}
