/*
 * rpm's database has had three formats (Berkeley DB, ndb, SQLite), so rpm(8) itself is asked,
 * with a fixed command line, no shell, and only on the running machine: one question per
 * file, because an answer does not say which file it is for.
 */
#include "inventory/rpm.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"

#define RPM "/usr/bin/rpm"
/* Each question costs some 15 ms. */
#define MOST_FILES 512u

static const char *const databases[] = {
	"/usr/lib/sysimage/rpm/rpmdb.sqlite", "/var/lib/rpm/rpmdb.sqlite",
	"/usr/lib/sysimage/rpm/Packages.db",  "/var/lib/rpm/Packages.db",
	"/usr/lib/sysimage/rpm/Packages",     "/var/lib/rpm/Packages",
};

bool
rpm_here(const struct root *root)
{
	for (size_t i = 0; i < COUNT_OF(databases); i++)
		if (root_exists(root, databases[i]))
			return true;
	return false;
}

static bool
start(const char *path, int out, pid_t *pid)
{
	char *const argv[] = {(char[]){"rpm"},
			      (char[]){"-q"},
			      (char[]){"--queryformat"},
			      (char[]){"%{NAME}\\n"},
			      (char[]){"-f"},
			      (char *)(uintptr_t)path,
			      NULL};
	char *const environment[] = {(char[]){"LC_ALL=C"}, (char[]){"PATH=/usr/bin:/bin"}, NULL};
	posix_spawn_file_actions_t actions;
	bool started;

	if (posix_spawn_file_actions_init(&actions) != 0)
		return false;
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	started = posix_spawn(pid, RPM, &actions, NULL, argv, environment) == 0;
	posix_spawn_file_actions_destroy(&actions);
	return started;
}

/* The first line, when rpm says that it knows the file. */
static const char *
ask(struct arena *arena, const char *path)
{
	auto_fd in = -1, out = -1;
	struct span text = {0};
	int fds[2], status = -1;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return NULL;
	in = fds[0];
	out = fds[1];
	if (!start(path, out, &pid))
		return NULL;
	fd_closep(&out);
	if (fd_read_all(in, arena, 65536, &text) < 0)
		text = (struct span){0};
	fd_closep(&in);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status == 0 && text.n ? span_dup(arena, span_cut(&text, '\n')) : NULL;
}

void
rpm_packages(const struct root *root, struct arena *arena, struct diags *diags,
	     const char *const *paths, size_t n, const char **ret)
{
	if (!root->live || access(RPM, X_OK) < 0) {
		diag_add(diags, DIAG_NOTE, NULL, 0, 0,
			 "the owners of files are in rpm's database, which is only asked on the "
			 "running machine");
		return;
	}
	for (size_t i = 0; i < n && i < MOST_FILES; i++)
		if (paths[i] && paths[i][0] == '/')
			ret[i] = ask(arena, paths[i]);
	if (n > MOST_FILES)
		diag_add(diags, DIAG_NOTE, NULL, 0, 0,
			 "rpm was asked about the first %u files only", MOST_FILES);
}
