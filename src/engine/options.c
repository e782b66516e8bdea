/*
 * What rules of hosts.allow and hosts.deny order besides "may" and "may not": hosts_options(5).
 * All of it happens as the service's user, never as root for a service that is not root's. Other
 * than libwrap, a command of "spawn" is not waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "engine/client.h"
#include "engine/spawn.h"

enum { VARS = 64, GROUPS = 256, BANNER_BYTES = 65536 };

struct doing {
	struct worker *w;
	struct session *s;
	const struct access_client *client;
	const struct access_verdict *verdict;
	struct spawn_want *want;
	struct arena *arena; /* what the program is given lives in it */
	size_t n_env;
};

static const char *
expand(const struct doing *d, const char *text)
{
	return access_expand(d->arena, text, d->w->service->wrap, d->client, getpid());
}

static const char *const *
shell(struct arena *arena, const char *command)
{
	const char **argv = arena_array(arena, 4, sizeof(*argv));

	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = command;
	return argv;
}

pid_t
options_command(struct worker *w, const char *command, const struct access_client *client)
{
	struct arena *arena = arena_new();
	struct spawn_want want = {.error = 2, .program = "/bin/sh", .umask = -1, .keep = arena};
	struct spawn_slot *slot;
	pid_t pid = client_spawner(w);

	want.argv = shell(arena, access_expand(arena, command, w->service->wrap, client, getpid()));
	if (pid == 0)
		pid = spawn(w->spawner, &want, &slot);
	if (pid < 0)
		arena_free(arena);
	return pid;
}

static bool
do_severity(struct doing *d, const struct access_action *action)
{
	char addr[NET_ADDR_TEXT];

	worker_note(d->w, action->number & LOG_PRIMASK, "%s from %s",
		    d->verdict->answer == ACCESS_ALLOW ? "connect" : "refused connect",
		    net_addr_text(&d->client->addr, addr));
	return true;
}

static bool
do_spawn(struct doing *d, const struct access_action *action)
{
	return options_command(d->w, action->text, d->client) > 0;
}

static bool
do_twist(struct doing *d, const struct access_action *action)
{
	d->want->program = "/bin/sh";
	d->want->argv = shell(d->arena, expand(d, action->text));
	return client_spawner(d->w) == 0;
}

static bool
do_keepalive(struct doing *d, const struct access_action *action)
{
	static const int on = 1;

	return setsockopt(d->s->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0;
}

static bool
do_linger(struct doing *d, const struct access_action *action)
{
	struct linger linger = {.l_onoff = 1, .l_linger = action->number};

	return setsockopt(d->s->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0;
}

/* rfc931, aclexec: asked before the rule's options are performed. */
static bool
do_nothing(struct doing *d, const struct access_action *action)
{
	return true;
}

static void
send_line(struct doing *d, const char *text)
{
	const char *out = expand(d, text);

	(void)!send(d->s->fd, out, strlen(out), MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* DIRECTORY/DAEMON, copied to the client with its %x expanded; none: nothing is said. */
static bool
do_banners(struct doing *d, const struct access_action *action)
{
	const char *path = arena_printf(d->arena, "%s/%s", action->text, d->w->service->wrap);
	auto_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct span text;

	if (strchr(d->w->service->wrap, '/') || fd < 0 ||
	    fd_read_all(fd, d->arena, BANNER_BYTES, &text) < 0)
		return true;
	send_line(d, span_dup(d->arena, text));
	return true;
}

static bool
do_nice(struct doing *d, const struct access_action *action)
{
	errno = 0;
	d->want->nice = getpriority(PRIO_PROCESS, 0) + action->number;
	return !errno;
}

static bool
do_setenv(struct doing *d, const struct access_action *action)
{
	const char **env = (void *)(uintptr_t)d->want->env;

	if (!env)
		d->want->env = env = arena_array(d->arena, VARS + 1, sizeof(*env));
	if (d->n_env == VARS)
		return false;
	env[d->n_env++] = arena_printf(d->arena, "%s=%s", action->text,
				       expand(d, action->value ? action->value : ""));
	return true;
}

static bool
do_umask(struct doing *d, const struct access_action *action)
{
	d->want->umask = action->number;
	return true;
}

/* user[.group] */
static bool
do_user(struct doing *d, const struct access_action *action)
{
	struct span group = span_of(action->text), name = span_cut(&group, '.');
	struct spawn_account *account = arena_alloc(d->arena, sizeof(*account));
	const char *user_name = span_dup(d->arena, name);
	gid_t *groups = arena_array(d->arena, GROUPS, sizeof(*groups));
	const struct passwd *user = getpwnam(user_name);
	const struct group *given = NULL;
	int n = GROUPS;

	if (!user)
		return false;
	if (group.n && !(given = getgrnam(span_dup(d->arena, group))))
		return false;
	*account = (struct spawn_account){.uid = user->pw_uid, .groups = groups};
	account->gid = given ? given->gr_gid : user->pw_gid;
	if (account->uid == geteuid() && account->gid == getegid())
		return true;
	if (geteuid() != 0 || getgrouplist(user_name, account->gid, groups, &n) < 0)
		return false;
	account->n_groups = (size_t)n;
	d->want->account = account;
	return true;
}

static bool (*const rows[])(struct doing *, const struct access_action *) = {
	[ACTION_SEVERITY] = do_severity, [ACTION_SPAWN] = do_spawn,
	[ACTION_TWIST] = do_twist,       [ACTION_KEEPALIVE] = do_keepalive,
	[ACTION_LINGER] = do_linger,     [ACTION_RFC931] = do_nothing,
	[ACTION_BANNERS] = do_banners,   [ACTION_NICE] = do_nice,
	[ACTION_SETENV] = do_setenv,     [ACTION_UMASK] = do_umask,
	[ACTION_USER] = do_user,         [ACTION_ACLEXEC] = do_nothing,
};

bool
options_perform(struct worker *w, struct session *s, const struct access_client *client,
		const struct access_verdict *verdict, struct spawn_want *want)
{
	struct doing d = {
		.w = w,
		.s = s,
		.client = client,
		.verdict = verdict,
		.want = want,
		.arena = arena_new(),
	};

	want->keep = d.arena;
	for (uint32_t i = 0; i < verdict->n_actions; i++)
		if (verdict->actions[i].kind >= COUNT_OF(rows) ||
		    !rows[verdict->actions[i].kind](&d, &verdict->actions[i]))
			return false;
	return true;
}
