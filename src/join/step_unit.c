/* Evidence from who manages the process: units, supervisors, containers, cron, pidfiles. */
#include <string.h>

#include "base/span.h"
#include "join/program.h"

static struct start *
named(const struct audit *audit, const char *mechanism, const char *name)
{
	for (size_t i = 0; name && i < audit->starts.n; i++)
		if (text_is(audit->starts.v[i]->mechanism, mechanism) &&
		    text_is(audit->starts.v[i]->name, name))
			return audit->starts.v[i];
	return NULL;
}

/* Units ------------------------------------------------------------------------------ */

/* "postgresql@15-main.service" is an instance of "postgresql@.service". */
static struct start *
unit_record(struct join *join, const char *unit)
{
	struct arena *arena = join->audit->arena;
	struct start *start = map_get_text(&join->by_unit, unit);
	const char *at = strchr(unit, '@'), *dot = strrchr(unit, '.');

	if (start || !at || !dot || dot < at)
		return start;
	return map_get_text(&join->by_unit,
			    arena_printf(arena, "%.*s%s", (int)(at + 1 - unit), unit, dot));
}

/* A unit without a file: systemd-run(1), a scope some program registered. */
static struct start *
transient(struct join *join, const char *unit)
{
	struct start *start = join_make(join, "systemd", unit, START_BY_HAND);

	start->state = "transient: nothing starts it after a reboot";
	start->unit = start->name;
	return start;
}

bool
join_by_unit(struct join *join, struct listener *listener, const struct process *owner)
{
	const struct join_cgroup *cgroup = join_cgroup_of(join, owner->cgroup);
	struct start *start = NULL;

	if (cgroup->openrc)
		start = named(join->audit, "openrc", cgroup->openrc);
	if (!start && cgroup->user_unit) {
		start = unit_record(join, cgroup->user_unit);
		/* Users call their units what they like, "ssh.service" for one. */
		if (!start || !start->session)
			return false;
	}
	if (!start && cgroup->unit && !cgroup->session && !text_is(cgroup->unit, "init.scope") &&
	    !text_starts(cgroup->unit, "user@")) {
		start = unit_record(join, cgroup->unit);
		if (!start || start->session)
			start = transient(join, cgroup->unit);
	}
	if (!start)
		return false;
	join_link(join, listener, start, false, "cgroup %s", owner->cgroup);
	return true;
}

/* Supervisors -------------------------------------------------------------------------- */

static struct start *
supervised(const struct audit *audit, const char *directory)
{
	static const char *const mechanisms[] = {"runit", "daemontools", "s6"};
	const char *name = text_basename(directory);

	for (size_t i = 0; i < COUNT_OF(mechanisms); i++) {
		struct start *start = named(audit, mechanisms[i], name);

		if (start)
			return start;
	}
	return NULL;
}

bool
join_by_supervisor(struct join *join, struct listener *listener, const struct process *owner)
{
	const struct process *above = join_parent(join, owner);

	for (int i = 0; above && i < JOIN_ANCESTORS; i++, above = join_parent(join, above)) {
		struct start *start;

		if (!program_is(program_of(above), PROGRAM_SUPERVISOR) || !above->argv ||
		    !above->argv[0] || !above->argv[1])
			continue;
		start = supervised(join->audit, above->argv[1]);
		if (!start)
			return false;
		join_link(join, listener, start, above->untrusted, "child of %s %s (pid %d)",
			  above->comm, above->argv[1], (int)above->pid);
		return true;
	}
	return false;
}

/* Containers ----------------------------------------------------------------------------- */

bool
join_by_container(struct join *join, struct listener *listener, const struct process *owner)
{
	struct arena *arena = join->audit->arena;
	const struct join_cgroup *cgroup = join_cgroup_of(join, owner->cgroup);
	const struct process *init = audit_process(join->audit, 1);
	struct start *start;

	if (cgroup->runtime) {
		const char *name = arena_printf(arena, "%s %s", cgroup->runtime, cgroup->container);

		start = named(join->audit, "container", name); /* the runtime has a file of it */
		if (!start)
			start = join_make(join, "container", name, START_BY_RUNTIME);
		start->container = start->name;
		/* Below his own manager a user makes groups of any name. */
		join_link(join, listener, start, cgroup->below_user, "cgroup %s", owner->cgroup);
		return true;
	}
	if (cgroup->unit || !owner->pidns || !init || !init->pidns || owner->pidns == init->pidns)
		return false;
	start = join_make(
		join, "container",
		arena_printf(arena, "process namespace %llu", (unsigned long long)owner->pidns),
		START_BY_RUNTIME);
	start->container = start->name;
	join_link(join, listener, start, true, "pid %d lives in another process namespace",
		  (int)owner->pid);
	return true;
}

/* Cron ------------------------------------------------------------------------------------ */

/* The cron daemon above a process, and the highest of the job's own processes below it. */
static const struct process *
cron_above(struct join *join, const struct process *owner, const struct process **ret_job)
{
	const struct process *job = owner, *above = join_parent(join, owner);

	for (int i = 0; above && i < JOIN_ANCESTORS; i++) {
		if (program_is(program_of(above), PROGRAM_CRON)) {
			*ret_job = job;
			return above;
		}
		job = above;
		above = join_parent(join, above);
	}
	return NULL;
}

static bool
in_cron_unit(struct join *join, const struct process *owner)
{
	const struct join_cgroup *cgroup = join_cgroup_of(join, owner->cgroup);
	struct start *unit = cgroup->unit ? map_get_text(&join->by_unit, cgroup->unit) : NULL;

	return unit && program_is(unit->exe, PROGRAM_CRON);
}

static struct start *
cron_line(const struct join *join, const struct process *process)
{
	const struct join_starts *starts = join_starts_of(join, process);

	for (size_t i = 0; starts && i < starts->n; i++) {
		struct start *start = starts->v[i];

		if ((text_is(start->mechanism, "cron") || text_is(start->mechanism, "at")) &&
		    start->enabled)
			return start;
	}
	return NULL;
}

bool
join_by_cron(struct join *join, struct listener *listener, const struct process *owner)
{
	const struct process *job = owner, *cron;
	struct start *start;

	if (program_is(program_of(owner), PROGRAM_CRON))
		return false;
	cron = cron_above(join, owner, &job);
	if (!cron && !in_cron_unit(join, owner)) {
		/* A daemon that cron started has left it; only the line can tell. */
		start = cron_line(join, owner);
		if (start && start->when == START_AT_BOOT) {
			join_link(join, listener, start, true, "the line starts this program");
			return true;
		}
		return false;
	}
	start = cron_line(join, owner);
	if (!start)
		start = cron_line(join, job);
	if (!start)
		start = join_make(join, "cron", "a job not found in any crontab", START_ON_TIME);
	if (cron)
		join_link(join, listener, start, cron->untrusted, "child of %s (pid %d)",
			  cron->comm, (int)cron->pid);
	else
		join_link(join, listener, start, false, "cgroup %s", owner->cgroup);
	return true;
}

/* Pidfiles and programs ------------------------------------------------------------------ */

bool
join_by_pidfile(struct join *join, struct listener *listener, const struct process *owner)
{
	/* A stale pidfile may name anybody: the program must fit as well. */
	const struct join_starts *starts = join_starts_of(join, owner);
	uint32_t before = listener->n_starts;

	for (size_t i = 0; starts && i < starts->n; i++) {
		struct start *start = starts->v[i];

		if (start->pidfile_pid > 0 && start->pidfile_pid == owner->pid && !start->dormant)
			join_link(join, listener, start, owner->untrusted, "pidfile %s",
				  start->pidfile);
	}
	return listener->n_starts > before;
}

/* Is this where the owner's own programs end: a shell, a login service, pid 1? */
static bool
ends_chain(const struct process *process, const struct process *owner)
{
	const char *program = program_of(process);

	if (process->pid <= 1)
		return true;
	if (program_is(program, PROGRAM_SHELL) && !program_script(process))
		return true;
	return process != owner && program_is(program, PROGRAM_LOGIN);
}

/* What an interpreter runs is only told by the command line, and that by the process itself. */
static bool
is_claim(const struct process *process)
{
	return process->untrusted || (!process->root_started && program_script(process));
}

/* The owner or one of its ancestors runs what a record starts. */
static bool
link_programs(struct join *join, struct listener *listener, const struct process *owner,
	      bool in_use)
{
	const struct process *process = owner;
	uint32_t before = listener->n_starts;

	if (!join_is_native(join, owner))
		return false;
	for (int i = 0; process && i < JOIN_ANCESTORS && !ends_chain(process, owner); i++) {
		const struct join_starts *starts = join_starts_of(join, process);

		for (size_t s = 0; starts && s < starts->n; s++) {
			struct start *start = starts->v[s];

			if ((start->enabled && !start->dormant) == in_use)
				join_link(join, listener, start, !in_use || is_claim(process),
					  "%s starts %s%s", in_use ? "it" : "it is off, but",
					  program_of(process),
					  start->dormant ? " (under another init)" : "");
		}
		process = join_parent(join, process);
	}
	return listener->n_starts > before;
}

bool
join_by_program(struct join *join, struct listener *listener, const struct process *owner)
{
	return link_programs(join, listener, owner, true);
}

bool
join_by_other_program(struct join *join, struct listener *listener, const struct process *owner)
{
	return link_programs(join, listener, owner, false);
}

bool
join_by_port(struct join *join, struct listener *listener, const struct process *owner)
{
	struct audit *audit = join->audit;

	for (size_t i = 0; i < audit->starts.n; i++) {
		struct start *start = audit->starts.v[i];

		if (start->enabled && !start->dormant && join_declares(start, listener)) {
			join_link(join, listener, start, true,
				  "it declares this port, which pid %d holds", (int)owner->pid);
			return true;
		}
	}
	return false;
}
