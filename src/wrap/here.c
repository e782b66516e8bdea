/* See here.h. Commands are run as libwrap runs them: by /bin/sh, and waited for. */
#include "wrap/here.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static void
run_child(const char *command)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		_exit(127);
	for (int fd = 0; fd < 3; fd++)
		if (null == fd ? fcntl(fd, F_SETFD, 0) < 0 : dup2(null, fd) < 0)
			_exit(127);
	close_range(3, ~0u, 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

int
wrap_run(const char *command)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0)
		run_child(command);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

bool
wrap_is_routed(int fd)
{
	unsigned char options[MAX_IPOPTLEN];
	socklen_t n = sizeof(options), step;

	if (getsockopt(fd, IPPROTO_IP, IP_OPTIONS, options, &n) < 0)
		return false;
	for (socklen_t i = 0; i < n && options[i] != IPOPT_EOL; i += step) {
		if (options[i] == IPOPT_LSRR || options[i] == IPOPT_SSRR)
			return true;
		step = options[i] == IPOPT_NOP ? 1 : i + 1 < n ? options[i + 1] : 0;
		if (!step)
			break;
	}
	return false;
}

static bool
here_severity(struct wrap_doing *doing, int priority)
{
	struct wrap_here *here = doing->data;

	here->severity = priority;
	return true;
}

static bool
here_spawn(struct wrap_doing *doing, const char *command)
{
	wrap_run(command);
	return true;
}

/* Comes back only when it failed. */
static bool
here_twist(struct wrap_doing *doing, const char *command)
{
	const struct wrap_here *here = doing->data;

	if (here->resident)
		return false;
	for (int fd = 0; doing->fd >= 0 && fd < 3; fd++)
		if (fd != doing->fd && dup2(doing->fd, fd) < 0)
			return false;
	if (doing->fd >= 0 && doing->fd < 3)
		(void)!fcntl(doing->fd, F_SETFD, 0);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	return false;
}

static bool
here_nice(struct wrap_doing *doing, int more)
{
	int now;

	errno = 0;
	now = getpriority(PRIO_PROCESS, 0);
	return !errno && setpriority(PRIO_PROCESS, 0, now + more) == 0;
}

static bool
here_setenv(struct wrap_doing *doing, const char *name, const char *value)
{
	return setenv(name, value, 1) == 0;
}

static bool
here_umask(struct wrap_doing *doing, int mask)
{
	umask((mode_t)mask);
	return true;
}

static bool
here_account(struct wrap_doing *doing, const struct wrap_account *a)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (setgroups(a->n_groups, a->groups) < 0 || setresgid(a->gid, a->gid, a->gid) < 0 ||
	    setresuid(a->uid, a->uid, a->uid) < 0)
		return false;
	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return false;
	if (r != a->uid || e != a->uid || s != a->uid || rg != a->gid || eg != a->gid ||
	    sg != a->gid)
		return false;
	return a->uid == 0 || setuid(0) < 0;
}

const struct wrap_hands wrap_hands_here = {
	.severity = here_severity,
	.spawn = here_spawn,
	.twist = here_twist,
	.nice = here_nice,
	.setenv = here_setenv,
	.umask = here_umask,
	.account = here_account,
};
