/* Which init runs this machine, told by its files. */
#include <stddef.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"
#include "start/start.h"

/* What /sbin/init (with links followed) may be, and what that init is called here. */
static const struct {
	const char *ending, *init;
} targets[] = {
	{"/systemd", "systemd"},    {"/upstart", "upstart"}, {"/runit-init", "runit"},
	{"/openrc-init", "openrc"}, {"/finit", "finit"},     {"/busybox", "busybox"},
	{"/s6-linux-init", "s6"},
};

/*
 * sysvinit's own binary also starts OpenRC (its inittab runs "openrc sysinit"), which is told
 * by the runlevels: with both, the inittab line decides.
 */
static const char *
sysv_flavour(const struct root *root, struct arena *arena)
{
	struct span inittab;

	if (root_read(root, "/etc/inittab", arena, LIMIT_FILE_BYTES, &inittab) == 0)
		while (inittab.n) {
			struct span line = span_trim(span_cut(&inittab, '\n'));

			if (span_starts(line, "#"))
				continue;
			if (line.n && memmem(line.p, line.n, "/openrc ", 8))
				return "openrc";
		}
	return "sysv";
}

const char *
start_init(const struct root *root, struct arena *arena)
{
	const char *path;

	if (root_resolve(root, "/sbin/init", arena, &path) < 0)
		return "unknown";
	for (size_t i = 0; i < COUNT_OF(targets); i++)
		if (text_ends(path, targets[i].ending))
			return targets[i].init;
	if (!root_exists(root, "/sbin/init"))
		return "unknown";
	if (root_exists(root, "/etc/init") && !root_exists(root, "/etc/inittab"))
		return "upstart";
	return sysv_flavour(root, arena);
}
