/*
 * Root: a directory that stands for "/". Every file of the examined machine is opened
 * through one, so that an image's links can never lead outside it (openat2(2)
 * RESOLVE_IN_ROOT; where the kernel or a filter lacks that call, a walk of our own gives
 * the same answers). Paths are absolute as that machine writes them: "/etc/inetd.conf".
 *
 * Only regular files are read: a fifo, device or directory where a file is expected is
 * -EINVAL, never a hang. Nothing here writes.
 */
#ifndef BASE_ROOT_H
#define BASE_ROOT_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/span.h"

struct root {
	int fd;           /* O_PATH directory */
	bool live;        /* this is the running machine's own "/" */
	bool walk;        /* openat2 is not to be had: resolve by hand */
	const char *path; /* as the user named it, for messages */
};

/* path "/" opens the live machine. The struct keeps the pointer to path. */
must_check int root_open(struct root *root, const char *path, struct err *err);
void root_close(struct root *root);
void root_closep(struct root *root);
#define auto_root cleanup(root_closep) struct root

/* An fd, or -errno. flags as open(2); O_CLOEXEC and O_NONBLOCK are added. Read-only use. */
must_check int root_open_at(const struct root *root, const char *path, int flags);

/* The whole file, terminated; -EINVAL when it is not a regular one, -EFBIG beyond limit, -EDQUOT
 * when the arena holds LIMIT_RUN_BYTES already. */
must_check int root_read(const struct root *root, const char *path, struct arena *arena,
			 size_t limit, struct span *ret);

/* Follows the last link (root_stat) or not (root_lstat). */
must_check int root_stat(const struct root *root, const char *path, struct stat *ret);
must_check int root_lstat(const struct root *root, const char *path, struct stat *ret);
bool root_exists(const struct root *root, const char *path); /* follows links */

/* The link's text as written, not resolved; NULL when it is none or cannot be read. */
char *root_readlink(const struct root *root, const char *path, struct arena *arena);

/*
 * The absolute path below the root with every link resolved, the last one too; the last
 * component need not exist. -ELOOP, -ENOENT (a directory on the way is missing), ....
 */
must_check int root_resolve(const struct root *root, const char *path, struct arena *arena,
			    const char **ret);

struct root_entry {
	const char *name;
	unsigned char type; /* DT_REG, DT_DIR, DT_LNK, ... never DT_UNKNOWN; links not followed */
};

struct root_dir {
	struct root_entry *v; /* in strcmp(3) order, "." and ".." left out */
	size_t n;
	bool cut; /* more than LIMIT_DIR_ENTRIES were there */
};

must_check int root_list(const struct root *root, const char *path, struct arena *arena,
			 struct root_dir *ret);

#endif
