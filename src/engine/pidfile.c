/*
 * Pidfile: the number of the parent, for scripts (INETD-9). Written whole and renamed, so nobody
 * reads half of it, and what lay there before - stale, or a link somebody made - is never followed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/num.h"
#include "engine/parent.h"

int
pidfile_write(const char *path, struct err *err)
{
	char name[4096], text[24];
	int n = snprintf(name, sizeof(name), "%s.new", path), r = 0;
	auto_fd fd = -1;

	if (n < 0 || (size_t)n >= sizeof(name))
		return err_set(err, -ENAMETOOLONG, "the pidfile's name is too long");
	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_errno(err, -errno, "cannot write %s", name);
	n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	if (write(fd, text, (size_t)n) != n)
		r = -EIO;
	else if (rename(name, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(name);
	return r < 0 ? err_errno(err, r, "cannot write %s", path) : 0;
}

/* Only while it is ours: another server may have been started. */
void
pidfile_remove(const char *path)
{
	char text[32];
	int n = fd_read_small_at(AT_FDCWD, path, text, sizeof(text));
	uint32_t pid;

	if (n > 0 && num_u32(span_trim(span_of(text)), INT32_MAX, &pid) && (pid_t)pid == getpid())
		unlink(path);
}
