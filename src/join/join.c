/*
 * The driver of the join: indexes the start records, asks the steps for each listener, and
 * ties super-servers to their services. See join.h.
 */
#include "join/join.h"

#include <string.h>

#include "base/span.h"

/* Best evidence first. A step may say how sure it is by marking its link a guess. Those that look
 * at the socket's own port stand at both ends; the answers of the others are kept per process. */
static const struct join_step steps[] = {
	{"super-server", "a super-server holds it and a line of its configuration says so",
	 join_by_super_server, .by_socket = true},
	{"socket-unit", "a socket unit declares it and the service manager holds it",
	 join_by_socket_unit, .by_socket = true},
	{"container", "the owner runs in a container's cgroup or process namespace",
	 join_by_container},
	{"supervisor", "a supervisor's child: runsv, supervise, s6-supervise", join_by_supervisor},
	{"login", "started from somebody's login below a login service", join_by_login},
	{"cron", "a child of cron or atd", join_by_cron},
	{"unit", "the owner's cgroup is that unit's", join_by_unit},
	{"pidfile", "the script's pidfile holds the owner's pid", join_by_pidfile},
	{"program", "a record in use starts the owner's program", join_by_program},
	{"session", "an ancestor is a login shell, or it has a terminal", join_by_session},
	{"other-program", "a record not in use would start the owner's program",
	 join_by_other_program, .guess = true},
	{"port", "a record in use declares the port", join_by_port, .guess = true,
	 .by_socket = true},
};

/* Indexes ---------------------------------------------------------------------------- */

/* Made at boot from something else, which has its own record: systemd.generator(7). */
static bool
is_generated(const struct start *start)
{
	return text_starts(start->file, "/run/systemd/generator");
}

/* Which of two records speaks for a unit: the one that is in use, the one that a person wrote,
 * then the one enabled. */
static bool
is_better(const struct start *a, const struct start *b)
{
	if (a->dormant != b->dormant)
		return b->dormant;
	if (is_generated(a) != is_generated(b))
		return is_generated(b);
	return a->enabled && !b->enabled;
}

static void
index_unit(struct join *join, const char *unit, struct start *start)
{
	struct start *was = map_get_text(&join->by_unit, unit);

	if (!was || is_better(start, was))
		map_put_text(&join->by_unit, unit, start);
}

static void
index_starts(struct join *join)
{
	struct audit *audit = join->audit;

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		if (start->unit)
			index_unit(join, start->unit, start);
		/* systemd-sysv-generator(8) makes NAME.service of a script. */
		else if (text_is(start->mechanism, "sysv"))
			index_unit(join, arena_printf(audit->arena, "%s.service", start->name),
				   start);
	}
}

/* The driver ------------------------------------------------------------------------- */

/* Of a master and its children only the master is asked: the rest got the socket from it. */
static bool
is_main_owner(struct join *join, const struct map *owners, const struct process *process)
{
	const struct process *parent = join_parent(join, process);
	const struct join_cgroup *own, *above;

	if (!parent || map_get(owners, (uint64_t)parent->pid) != parent)
		return true;
	/* A service manager passing its socket on is not the service's master. */
	own = join_cgroup_of(join, process->cgroup);
	above = join_cgroup_of(join, parent->cgroup);
	return parent->pid == 1 || (own->unit && !text_is(own->unit, above->unit));
}

/* What the steps that look at the process alone found for it: asked once, not per socket. */
static const struct listener *
answer_of(struct join *join, const struct process *owner)
{
	struct listener *answer = map_get(&join->answers, (uint64_t)owner->pid);

	if (answer)
		return answer;
	answer = arena_alloc(join->audit->arena, sizeof(*answer));
	map_put(&join->answers, (uint64_t)owner->pid, answer);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		if (steps[i].by_socket || (steps[i].guess && answer->n_starts))
			continue;
		if (steps[i].step(join, answer, owner))
			break;
	}
	return answer;
}

static bool
ask_by_socket(struct join *join, struct listener *listener, const struct process *owner, bool guess)
{
	for (size_t i = 0; i < COUNT_OF(steps); i++)
		if (steps[i].by_socket && steps[i].guess == guess &&
		    steps[i].step(join, listener, owner))
			return true;
	return false;
}

static void
ask_steps(struct join *join, struct listener *listener, const struct process *owner)
{
	const struct listener *answer;

	if (ask_by_socket(join, listener, owner, false))
		return;
	answer = answer_of(join, owner);
	for (uint32_t i = 0; i < answer->n_starts; i++)
		join_link(join, listener, answer->starts[i].start, answer->starts[i].guess, "%s",
			  answer->starts[i].evidence);
	if (!listener->n_starts)
		ask_by_socket(join, listener, owner, true);
}

/* Nobody to ask: another user's socket, or the kernel's. The creator's cgroup and declared ports.
 */
static void
ask_without_owner(struct join *join, struct listener *listener)
{
	struct audit *audit = join->audit;
	const struct join_cgroup *cgroup = join_cgroup_of(join, listener->cgroup);
	struct start *start = cgroup->unit ? map_get_text(&join->by_unit, cgroup->unit) : NULL;

	if (start)
		join_link(join, listener, start, false, "made in cgroup %s", listener->cgroup);
	if (cgroup->runtime) {
		start = join_make(
			join, "container",
			arena_printf(audit->arena, "%s %s", cgroup->runtime, cgroup->container),
			START_BY_RUNTIME);
		join_link(join, listener, start, false, "made in cgroup %s", listener->cgroup);
	}
	for (size_t i = 0; i < audit->starts.n && !listener->n_starts; i++) {
		start = audit->starts.v[i];
		if (start->enabled && !start->dormant && start->listens_itself &&
		    join_declares(start, listener))
			join_link(join, listener, start, true,
				  "it declares this port; the owner is not visible");
	}
}

static const char *
why_no_start(const struct listener *listener)
{
	switch (listener->owners_state) {
	case OWNERS_KERNEL:
		return "held by the kernel itself";
	case OWNERS_HIDDEN:
		return "owner not visible";
	case OWNERS_GONE:
		return "closed while we looked";
	case OWNERS_SEEN:
	case OWNERS_PART:
		break;
	}
	return "cannot find what starts it";
}

/* A record that no user could have written, found by evidence that no user could have made. */
static bool
vouches(const struct listener_start *link)
{
	return !link->guess && !link->start->by_user && link->start->when != START_BY_HAND;
}

/* A service's own account runs what root's record says, whoever owns the program's file. */
static void
vouch(struct join *join, const struct process *owner)
{
	const struct listener *answer = answer_of(join, owner);
	struct process *process = map_get(&join->audit->process_by_pid, (uint64_t)owner->pid);

	for (uint32_t i = 0; process && i < answer->n_starts; i++)
		process->vouched |= vouches(&answer->starts[i]);
}

static void
join_listener(struct join *join, struct listener *listener)
{
	struct map owners = map_of(join->audit->arena);

	/* One process may hold a socket by a hundred thousand descriptors. */
	for (uint32_t i = 0; listener->n_owners > 1 && i < listener->n_owners; i++)
		map_put(&owners, (uint64_t)listener->owners[i].process->pid,
			(void *)listener->owners[i].process);
	for (uint32_t i = 0; i < listener->n_owners; i++) {
		const struct process *owner = listener->owners[i].process;

		if (i && owner == listener->owners[i - 1].process)
			continue;
		if (is_main_owner(join, &owners, owner)) {
			ask_steps(join, listener, owner);
			if (!owner->root_started && map_get(&join->answers, (uint64_t)owner->pid))
				vouch(join, owner);
		} else if (owner->untrusted) {
			vouch(join, owner);
		}
	}
	if (!listener->n_owners)
		ask_without_owner(join, listener);
	if (!listener->n_starts)
		listener->no_start = why_no_start(listener);
}

/* Super-servers ------------------------------------------------------------------------ */

/* The mechanism's own server before xinetd reading its file too, then the one in use. */
static bool
serves_better(const struct start *a, const struct start *b, const char *mechanism)
{
	bool a_own = text_is(join_super_server_start(a), mechanism);
	bool b_own = text_is(join_super_server_start(b), mechanism);

	return a_own != b_own ? a_own : is_better(a, b);
}

/* The record that starts the super-server of a mechanism. */
static struct start *
starter_of(const struct join *join, const char *mechanism)
{
	const struct audit *audit = join->audit;
	struct start *found = NULL;

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];
		const char *serves = join_super_server_start(start);

		if (!serves || start->listens_itself)
			continue;
		/* Debian's xinetd is started with -inetd_compat and reads inetd.conf too. */
		if (!join_super_server_reads(serves, mechanism) && !text_is(serves, "xinetd"))
			continue;
		start->super_server = true;
		if (!found || serves_better(start, found, mechanism))
			found = start;
	}
	return found;
}

static bool
is_running(const struct join *join, const char *mechanism)
{
	const struct audit *audit = join->audit;

	for (size_t i = 0; i < audit->processes.n; i++)
		if (join_super_server_reads(join_super_server(audit->processes.v[i]), mechanism) &&
		    !join_super_server_file(audit->processes.v[i]))
			return true;
	return false;
}

static const struct start *
starter_of_pid(struct join *join, int32_t pid)
{
	const struct process *server = audit_process(join->audit, pid);
	const struct listener *answer = server ? answer_of(join, server) : NULL;

	return answer && answer->n_starts ? answer->starts[0].start : NULL;
}

/* A line of inetd.conf opens nothing unless an inetd runs, now or after the next boot. */
static void
tie_super_server(struct join *join, const char *mechanism)
{
	struct audit *audit = join->audit;
	struct start *starter = starter_of(join, mechanism);
	bool in_use =
		(starter && starter->enabled && !starter->dormant) || is_running(join, mechanism);

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		if (!text_is(start->mechanism, mechanism) || start == starter)
			continue;
		start->needs_server = true;
		if (start->server_pid) {
			start->via = starter_of_pid(join, start->server_pid);
			continue;
		}
		start->via = starter;
		if (in_use || start->n_listeners)
			continue;
		start->dormant = true;
		if (!start->note)
			start->note = starter ? "its super-server is not enabled"
					      : "no super-server that would read this is started";
	}
}

static void
count_links(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_starts; i++)
		listener->starts[i].start->n_listeners++;
}

void
join_audit(struct audit *audit)
{
	struct join join = {
		.audit = audit,
		.by_program = map_of(audit->arena),
		.by_unit = map_of(audit->arena),
		.by_made = map_of(audit->arena),
		.cgroups = map_of(audit->arena),
		.answers = map_of(audit->arena),
	};

	index_starts(&join);
	join_rpc(audit);
	join_index_programs(&join);
	for (size_t i = 0; i < audit->listeners.n; i++) {
		join_listener(&join, audit->listeners.v[i]);
		count_links(audit->listeners.v[i]);
	}
	tie_super_server(&join, "inetd");
	tie_super_server(&join, "xinetd");
	for (size_t i = 0; i < audit->starts.n; i++)
		audit->starts.v[i]->index = (uint32_t)i;
}
