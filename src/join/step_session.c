/*
 * Evidence of a person: login sessions and hand-started processes. What runs below a login
 * service is its user's doing, not the service's (needrestart once restarted sshd for them).
 */
#include <string.h>

#include "base/span.h"
#include "join/program.h"

static struct start *
session_record(struct join *join, const char *mechanism, const char *where,
	       const struct process *owner)
{
	struct arena *arena = join->audit->arena;
	const char *user = owner->user ? owner->user : "unknown user";
	struct start *start = join_make(join, mechanism, arena_printf(arena, "%s, %s", where, user),
					START_BY_HAND);

	start->user = owner->user;
	start->state = "runs until it ends or the machine does";
	return start;
}

static const char *
terminal(const struct process *process)
{
	return process->tty_name ? process->tty_name : "no terminal";
}

/* The login service's own processes are the service; anything else in its cgroup is a user's. */
static bool
is_service_itself(const struct start *unit, const struct process *owner)
{
	const char *service = text_basename(unit->exe), *program = text_basename(program_of(owner));

	return text_is(service, program) ||
	       (text_starts(program, service) && program[strlen(service)] == '-');
}

bool
join_by_login(struct join *join, struct listener *listener, const struct process *owner)
{
	const struct join_cgroup *cgroup = join_cgroup_of(join, owner->cgroup);
	struct start *unit;

	if (cgroup->session) {
		join_link(join, listener,
			  session_record(
				  join, "session",
				  arena_printf(join->audit->arena, "session %s", cgroup->session),
				  owner),
			  false, "cgroup %s", owner->cgroup);
		return true;
	}
	unit = cgroup->unit ? map_get_text(&join->by_unit, cgroup->unit) : NULL;
	if (!unit || !program_is(unit->exe, PROGRAM_LOGIN) || is_service_itself(unit, owner))
		return false;
	join_link(join, listener, session_record(join, "session", terminal(owner), owner), false,
		  "started from a login through %s", unit->name);
	return true;
}

/* Somebody's shell or screen above the process; the login service itself ends the search. */
static const struct process *
shell_above(struct join *join, const struct process *owner)
{
	const struct process *process = owner;

	for (int i = 0; process && process->pid > 1 && i < JOIN_ANCESTORS; i++) {
		const char *program = program_of(process);

		if (process != owner && (program_is(program, PROGRAM_SHELL) ||
					 program_is(program, PROGRAM_MULTIPLEXER)))
			return process;
		process = join_parent(join, process);
	}
	return NULL;
}

bool
join_by_session(struct join *join, struct listener *listener, const struct process *owner)
{
	const struct process *shell = shell_above(join, owner);

	if (!shell && !owner->tty_name)
		return false;
	if (shell)
		join_link(join, listener,
			  session_record(join, "manual", terminal(shell->tty_name ? shell : owner),
					 owner),
			  !owner->tty_name && !shell->tty_name, "started from %s (pid %d)",
			  shell->comm, (int)shell->pid);
	else
		join_link(join, listener, session_record(join, "manual", terminal(owner), owner),
			  false, "has the terminal %s", owner->tty_name);
	return true;
}
