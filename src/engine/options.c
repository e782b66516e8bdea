/*
 * What rules of hosts.allow and hosts.deny order, for a session: see wrap/options.h. All of it
 * happens as the service's user, never as root for a service that is not root's, and when the
 * program is started. Other than libwrap, a command of "spawn" is not waited for.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <syslog.h>
#include <unistd.h>

#include "engine/client.h"
#include "engine/spawn.h"
#include "wrap/options.h"

enum { VARS = 64 };

struct doing {
	struct worker *w;
	const struct access_verdict *verdict;
	struct spawn_want *want;
	size_t n_env;
};

static pid_t
run_command(struct worker *w, struct arena *arena, const char *command)
{
	struct spawn_want want = {.error = 2, .program = "/bin/sh", .umask = -1, .keep = arena};
	struct spawn_slot *slot;
	pid_t pid = client_spawner(w);

	want.argv = wrap_shell(arena, arena_dup(arena, command));
	if (pid == 0)
		pid = spawn(w->spawner, &want, &slot);
	if (pid < 0)
		arena_free(arena);
	return pid;
}

pid_t
options_command(struct worker *w, const char *command, const struct access_client *client)
{
	struct arena *arena = arena_new();

	return run_command(w, arena,
			   access_expand(arena, command, w->service->wrap, client, getpid()));
}

static bool
hand_severity(struct wrap_doing *doing, int priority)
{
	struct doing *d = doing->data;
	char addr[NET_ADDR_TEXT];

	worker_note(d->w, priority & LOG_PRIMASK, "%s from %s",
		    d->verdict->answer == ACCESS_ALLOW ? "connect" : "refused connect",
		    net_addr_text(&doing->client->addr, addr));
	return true;
}

static bool
hand_spawn(struct wrap_doing *doing, const char *command)
{
	struct doing *d = doing->data;

	return run_command(d->w, arena_new(), command) > 0;
}

static bool
hand_twist(struct wrap_doing *doing, const char *command)
{
	struct doing *d = doing->data;

	d->want->program = "/bin/sh";
	d->want->argv = wrap_shell(doing->arena, command);
	return client_spawner(d->w) == 0;
}

static bool
hand_nice(struct wrap_doing *doing, int more)
{
	struct doing *d = doing->data;

	errno = 0;
	d->want->nice = getpriority(PRIO_PROCESS, 0) + more;
	return !errno;
}

static bool
hand_setenv(struct wrap_doing *doing, const char *name, const char *value)
{
	struct doing *d = doing->data;
	const char **env = (void *)(uintptr_t)d->want->env;

	if (!env)
		d->want->env = env = arena_array(doing->arena, VARS + 1, sizeof(*env));
	if (d->n_env == VARS)
		return false;
	env[d->n_env++] = arena_printf(doing->arena, "%s=%s", name, value);
	return true;
}

static bool
hand_umask(struct wrap_doing *doing, int mask)
{
	struct doing *d = doing->data;

	d->want->umask = mask;
	return true;
}

static bool
hand_account(struct wrap_doing *doing, const struct wrap_account *from)
{
	struct doing *d = doing->data;
	struct spawn_account *account = arena_alloc(doing->arena, sizeof(*account));

	*account = (struct spawn_account){from->uid, from->gid, from->groups, from->n_groups};
	d->want->account = account;
	return true;
}

static const struct wrap_hands hands = {
	.severity = hand_severity,
	.spawn = hand_spawn,
	.twist = hand_twist,
	.nice = hand_nice,
	.setenv = hand_setenv,
	.umask = hand_umask,
	.account = hand_account,
};

bool
options_perform(struct worker *w, struct session *s, const struct access_client *client,
		const struct access_verdict *verdict, struct spawn_want *want)
{
	struct doing d = {.w = w, .verdict = verdict, .want = want};
	struct wrap_doing doing = {
		.hands = &hands,
		.data = &d,
		.fd = s->fd,
		.daemon = w->service->wrap,
		.client = client,
		.arena = arena_new(),
	};

	want->keep = doing.arena;
	return wrap_perform(&doing, verdict);
}
