/* See options.h. Banners are sent without waiting: a client that does not read must not hold us. */
#include "wrap/options.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"

enum { GROUPS = 256 };

const char *
wrap_expand(const struct wrap_doing *doing, const char *text)
{
	return access_expand(doing->arena, text, doing->daemon, doing->client, getpid());
}

const char *const *
wrap_shell(struct arena *arena, const char *command)
{
	const char **argv = arena_array(arena, 4, sizeof(*argv));

	argv[0] = "sh";
	argv[1] = "-c";
	argv[2] = command;
	return argv;
}

static bool
do_severity(struct wrap_doing *doing, const struct access_action *action)
{
	return doing->hands->severity(doing, action->number);
}

static bool
do_spawn(struct wrap_doing *doing, const struct access_action *action)
{
	return doing->hands->spawn(doing, wrap_expand(doing, action->text));
}

static bool
do_twist(struct wrap_doing *doing, const struct access_action *action)
{
	return doing->hands->twist(doing, wrap_expand(doing, action->text));
}

static bool
do_keepalive(struct wrap_doing *doing, const struct access_action *action)
{
	static const int on = 1;

	return doing->fd < 0 ||
	       setsockopt(doing->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0;
}

static bool
do_linger(struct wrap_doing *doing, const struct access_action *action)
{
	struct linger linger = {.l_onoff = 1, .l_linger = action->number};

	return doing->fd < 0 ||
	       setsockopt(doing->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) == 0;
}

/* rfc931 was asked before, aclexec has decided already. */
static bool
do_nothing(struct wrap_doing *doing, const struct access_action *action)
{
	return true;
}

/* DIRECTORY/DAEMON, copied to the client with its %x expanded; none: nothing is said. */
static bool
do_banners(struct wrap_doing *doing, const struct access_action *action)
{
	const char *path = arena_printf(doing->arena, "%s/%s", action->text, doing->daemon);
	auto_fd fd = -1;
	struct span text;
	const char *out;

	if (doing->fd < 0 || doing->datagram || strchr(doing->daemon, '/'))
		return true;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fd_read_all(fd, doing->arena, LIMIT_BANNER_BYTES, &text) < 0)
		return true;
	out = wrap_expand(doing, span_dup(doing->arena, text));
	(void)!send(doing->fd, out, strlen(out), MSG_DONTWAIT | MSG_NOSIGNAL);
	return true;
}

static bool
do_nice(struct wrap_doing *doing, const struct access_action *action)
{
	return doing->hands->nice(doing, action->number);
}

static bool
do_setenv(struct wrap_doing *doing, const struct access_action *action)
{
	return doing->hands->setenv(doing, action->text,
				    wrap_expand(doing, action->value ? action->value : ""));
}

static bool
do_umask(struct wrap_doing *doing, const struct access_action *action)
{
	return doing->hands->umask(doing, action->number);
}

/* user, user.group, .group */
static bool
do_user(struct wrap_doing *doing, const struct access_action *action)
{
	struct span group = span_of(action->text), name = span_cut(&group, '.');
	const char *user_name = span_dup(doing->arena, name);
	gid_t *groups = arena_array(doing->arena, GROUPS, sizeof(*groups));
	const struct passwd *user = name.n ? getpwnam(user_name) : getpwuid(geteuid());
	struct wrap_account account = {.groups = groups};
	const struct group *given = NULL;
	int n = GROUPS;

	if (!user)
		return false;
	account.uid = user->pw_uid;
	account.gid = user->pw_gid;
	if (!name.n)
		user_name = arena_dup(doing->arena, user->pw_name);
	if (group.n && !(given = getgrnam(span_dup(doing->arena, group))))
		return false;
	if (given)
		account.gid = given->gr_gid;
	if (account.uid == geteuid() && account.gid == getegid())
		return true;
	if (geteuid() != 0 || getgrouplist(user_name, account.gid, groups, &n) < 0)
		return false;
	account.n_groups = (size_t)n;
	return doing->hands->account(doing, &account);
}

static bool (*const rows[])(struct wrap_doing *, const struct access_action *) = {
	[ACTION_SEVERITY] = do_severity, [ACTION_SPAWN] = do_spawn,
	[ACTION_TWIST] = do_twist,       [ACTION_KEEPALIVE] = do_keepalive,
	[ACTION_LINGER] = do_linger,     [ACTION_RFC931] = do_nothing,
	[ACTION_BANNERS] = do_banners,   [ACTION_NICE] = do_nice,
	[ACTION_SETENV] = do_setenv,     [ACTION_UMASK] = do_umask,
	[ACTION_USER] = do_user,         [ACTION_ACLEXEC] = do_nothing,
};

bool
wrap_perform(struct wrap_doing *doing, const struct access_verdict *verdict)
{
	for (uint32_t i = 0; i < verdict->n_actions; i++)
		if (verdict->actions[i].kind >= COUNT_OF(rows) ||
		    !rows[verdict->actions[i].kind](doing, &verdict->actions[i]))
			return false;
	return true;
}
