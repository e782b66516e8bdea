/*
 * Notify: tells the service manager what we do, by sd_notify(3)'s protocol: one datagram of
 * VAR=value lines to the socket that NOTIFY_SOCKET names; and the watchdog of systemd.service(5).
 * With no watchdog asked for there is no timer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "engine/parent.h"

void
notify_say(const char *what)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = {.sun_family = AF_UNIX};
	size_t n = path ? strlen(path) : 0;
	auto_fd fd = -1;

	if (n < 2 || n >= sizeof(addr.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(addr.sun_path, path, n);
	if (path[0] == '@')
		addr.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && sendto(fd, what, strlen(what), MSG_NOSIGNAL, (const void *)&addr,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
		return; /* a manager that does not listen is no reason not to serve */
}

static void
watchdog_due(struct loop *loop, struct loop_timer *timer)
{
	struct parent *parent = OWNER_OF(timer, struct parent, watchdog);

	notify_say("WATCHDOG=1");
	loop_at(loop, timer, loop->now + parent->watchdog_every);
}

void
notify_open(struct parent *parent)
{
	const char *every = getenv("WATCHDOG_USEC"), *who = getenv("WATCHDOG_PID");
	uint64_t us;
	uint32_t pid;

	if (!every || !num_u64(span_of(every), 10, INT64_MAX / 1000, &us) || us < 2 ||
	    (who && (!num_u32(span_of(who), INT32_MAX, &pid) || (pid_t)pid != getpid())))
		return;
	parent->watchdog.due = watchdog_due;
	parent->watchdog_every = (int64_t)us * 1000 / 2;
	loop_at(&parent->loop, &parent->watchdog, loop_clock() + parent->watchdog_every);
}
