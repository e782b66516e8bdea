/*
 * Which init runs this machine, told by its files: where /sbin/init leads, then, for a binary of
 * that very name, by the files only one of sysvinit, upstart and OpenRC leaves. Packages leave
 * files for every init, so a job in /etc/init or a unit alone says nothing.
 */
#include <stddef.h>
#include <string.h>

#include "base/attr.h"
#include "base/limits.h"
#include "start/start.h"

/* The kernel's own order (init/main.c), then where container images put theirs. */
static const char *const inits[] = {"/sbin/init", "/etc/init", "/bin/init", "/init"};

/* What init (with links followed) may be, and what that init is called here. */
static const struct {
	const char *ending, *init;
} targets[] = {
	{"/systemd", "systemd"},  {"/upstart", "upstart"},     {"/runit-init", "runit"},
	{"/runit", "runit"},      {"/openrc-init", "openrc"},  {"/finit", "finit"},
	{"/s6-linux-init", "s6"}, {"/current/bin/init", "s6"}, /* s6-linux-init-maker(8) */
	{"/s6-svscan", "s6"},
};

/* Whether a line that is no comment holds the word; for inittab and short scripts. */
static bool
file_says(const struct root *root, struct arena *arena, const char *path, const char *word)
{
	struct span text;

	if (root_read(root, path, arena, LIMIT_FILE_BYTES, &text) < 0)
		return false;
	while (text.n) {
		struct span line = span_trim(span_cut(&text, '\n'));

		if (line.n && *line.p != '#' && memmem(line.p, line.n, word, strlen(word)))
			return true;
	}
	return false;
}

/*
 * OpenRC is started by another's init: from inittab (Gentoo, Alpine) or from the rc scripts that
 * inittab names (Debian).
 */
static bool
runs_openrc(const struct root *root, struct arena *arena)
{
	static const struct {
		const char *file, *word;
	} signs[] = {
		{"/etc/inittab", "/openrc "},
		{"/etc/inittab", "/sbin/rc sysinit"},
		{"/etc/init.d/rcS", "/openrc "},
		{"/etc/init.d/rc", "/openrc "},
	};

	for (size_t i = 0; i < COUNT_OF(signs); i++)
		if (file_says(root, arena, signs[i].file, signs[i].word))
			return true;
	return false;
}

/* upstart's own jobs; under it inittab is gone, or has an initdefault only (Red Hat 6). */
static bool
is_upstart(const struct root *root, struct arena *arena)
{
	static const char *const jobs[] = {"/etc/init/rc-sysinit.conf", "/etc/init/rc.conf",
					   "/etc/init/rcS.conf"};
	static const char *const sysv[] = {":sysinit:", ":wait:", ":respawn:"};

	for (size_t i = 0; i < COUNT_OF(sysv); i++)
		if (file_says(root, arena, "/etc/inittab", sysv[i]))
			return false;
	for (size_t i = 0; i < COUNT_OF(jobs); i++)
		if (root_exists(root, jobs[i]))
			return true;
	return root_exists(root, "/etc/init") && !root_exists(root, "/etc/inittab");
}

const char *
start_init(const struct root *root, struct arena *arena)
{
	const char *path = NULL, *name;

	for (size_t i = 0; !path && i < COUNT_OF(inits); i++) {
		struct stat st;

		if (root_lstat(root, inits[i], &st) < 0 || S_ISDIR(st.st_mode))
			continue;
		/* where a link means to lead tells even when it is broken */
		if (root_resolve(root, inits[i], arena, &path) < 0)
			path = root_readlink(root, inits[i], arena);
		if (!path)
			return "unknown";
	}
	if (!path)
		return "unknown";
	for (size_t i = 0; i < COUNT_OF(targets); i++)
		if (text_ends(path, targets[i].ending))
			return targets[i].init;
	name = text_basename(path);
	if (!root_exists(root, path) || text_ends(name, "sh"))
		return "unknown";
	if (runs_openrc(root, arena))
		return "openrc";
	if (text_starts(name, "busybox"))
		return "busybox";
	if (is_upstart(root, arena))
		return "upstart";
	return "sysv";
}
