#include "base/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/vec.h"

#define PATH_BYTES 4096

int
root_open(struct root *root, const char *path, struct err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, -errno, "cannot open the root directory %s", path);
	*root = (struct root){.fd = fd, .live = strcmp(path, "/") == 0, .path = path};
	return 0;
}

void
root_close(struct root *root)
{
	fd_close(root->fd);
	root->fd = -1;
}

void
root_closep(struct root *root)
{
	if (root->path)
		root_close(root);
}

/* Resolution by hand ---------------------------------------------------------------- */

/* The path so far, resolved and below the root; "" is the root itself. */
struct walk {
	char done[PATH_BYTES];
	size_t n;
};

static void
walk_up(struct walk *walk)
{
	while (walk->n && walk->done[--walk->n] != '/')
		;
	walk->done[walk->n] = '\0';
}

static int
walk_down(struct walk *walk, const char *name, size_t n)
{
	if (walk->n + 1 + n >= sizeof(walk->done))
		return -ENAMETOOLONG;
	walk->done[walk->n] = '/';
	memcpy(walk->done + walk->n + 1, name, n);
	walk->n += n + 1;
	walk->done[walk->n] = '\0';
	return 0;
}

static const char *
relative(const char *below)
{
	while (*below == '/')
		below++;
	return *below ? below : ".";
}

/*
 * Walks path component by component; links are read and walked in turn, "/" meaning the
 * root. Only where openat2(2) is missing: here a tree that changes between two steps could
 * still lead outside, so the fall-back is for images nobody else is writing to.
 */
static int
walk_path(const struct root *root, const char *path, bool follow_last, struct walk *walk)
{
	char todo[PATH_BYTES * 2], link[PATH_BYTES];
	unsigned links = 0;
	char *at = todo;

	if (strlen(path) >= PATH_BYTES)
		return -ENAMETOOLONG;
	strcpy(todo, path);
	walk->n = 0;
	walk->done[0] = '\0';
	while (*(at += strspn(at, "/"))) {
		size_t n = strcspn(at, "/");
		bool last = at[n + strspn(at + n, "/")] == '\0';
		size_t before = walk->n;
		ssize_t got;
		int r;

		if (n == 1 && at[0] == '.') {
			at += n;
			continue;
		}
		if (n == 2 && at[0] == '.' && at[1] == '.') {
			walk_up(walk);
			at += n;
			continue;
		}
		r = walk_down(walk, at, n);
		if (r < 0)
			return r;
		at += n;
		if (last && !follow_last)
			continue;
		got = readlinkat(root->fd, relative(walk->done), link, sizeof(link) - 1);
		if (got < 0 && errno == EINVAL)
			continue; /* not a link */
		if (got < 0 && errno == ENOENT && last)
			continue; /* the caller learns from its own open */
		if (got < 0)
			return -errno;
		if (++links > LIMIT_SYMLINKS)
			return -ELOOP;
		link[got] = '\0';
		if ((size_t)got + strlen(at) + 2 >= sizeof(link))
			return -ENAMETOOLONG;
		strcat(link, "/");
		strcat(link, at);
		strcpy(todo, link);
		at = todo;
		walk->n = link[0] == '/' ? 0 : before;
		walk->done[walk->n] = '\0';
	}
	return 0;
}

/* Opening ---------------------------------------------------------------------------- */

static int
open_by_kernel(const struct root *root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (unsigned)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	if (!(flags & O_PATH))
		how.flags |= O_NONBLOCK | O_NOCTTY;
	do
		fd = (int)syscall(SYS_openat2, root->fd, path, &how, sizeof(how));
	while (fd < 0 && errno == EAGAIN); /* a rename raced with "..": openat2(2) says retry */
	return fd < 0 ? -errno : fd;
}

static int
open_by_walk(const struct root *root, const char *path, int flags)
{
	struct walk walk;
	int fd, r;

	r = walk_path(root, path, !(flags & O_NOFOLLOW), &walk);
	if (r < 0)
		return r;
	if (!(flags & O_PATH))
		flags |= O_NONBLOCK | O_NOCTTY;
	fd = openat(root->fd, relative(walk.done), flags | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int
root_open_at(const struct root *root, const char *path, int flags)
{
	int fd;

	if (root->walk)
		return open_by_walk(root, path, flags);
	fd = open_by_kernel(root, path, flags);
	/* An old kernel, or a filter that answers EPERM for calls it does not know. */
	if (fd == -ENOSYS || fd == -EPERM)
		return open_by_walk(root, path, flags);
	return fd;
}

int
root_read(const struct root *root, const char *path, struct arena *arena, size_t limit,
	  struct span *ret)
{
	auto_fd fd = -1;
	struct stat st;
	int r;

	/* Look before opening: opening a device or a fifo for real can have effects. */
	r = root_stat(root, path, &st);
	if (r < 0)
		return r;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	fd = root_open_at(root, path, O_RDONLY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	return fd_read_all(fd, arena, limit, ret);
}

int
root_stat(const struct root *root, const char *path, struct stat *ret)
{
	auto_fd fd = -1;

	/* Our own "/" needs no care, and one call is cheaper than three. */
	if (root->live && path[0] == '/')
		return stat(path, ret) < 0 ? -errno : 0;
	fd = root_open_at(root, path, O_PATH);
	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

int
root_lstat(const struct root *root, const char *path, struct stat *ret)
{
	auto_fd fd = root_open_at(root, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return fd;
	return fstat(fd, ret) < 0 ? -errno : 0;
}

bool
root_exists(const struct root *root, const char *path)
{
	struct stat st;

	return root_stat(root, path, &st) == 0;
}

char *
root_readlink(const struct root *root, const char *path, struct arena *arena)
{
	auto_fd fd = root_open_at(root, path, O_PATH | O_NOFOLLOW);
	char link[PATH_BYTES];
	ssize_t n;

	if (fd < 0)
		return NULL;
	n = readlinkat(fd, "", link, sizeof(link));
	return n < 0 ? NULL : arena_dupn(arena, link, (size_t)n);
}

int
root_resolve(const struct root *root, const char *path, struct arena *arena, const char **ret)
{
	struct walk walk;
	int r = walk_path(root, path, true, &walk);

	if (r < 0)
		return r;
	*ret = walk.n ? arena_dup(arena, walk.done) : "/";
	return 0;
}

/* Listing ---------------------------------------------------------------------------- */

static int
entry_order(const void *a, const void *b)
{
	return strcmp(((const struct root_entry *)a)->name, ((const struct root_entry *)b)->name);
}

/* Some file systems leave the type out of readdir(3). */
static unsigned char
entry_type(int dirfd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return DT_REG;
	return IFTODT(st.st_mode);
}

int
root_list(const struct root *root, const char *path, struct arena *arena, struct root_dir *ret)
{
	int fd = root_open_at(root, path, O_RDONLY | O_DIRECTORY);
	VEC(struct root_entry) found = {0};
	auto_dir dir = NULL;
	struct dirent *entry;

	if (fd < 0)
		return fd;
	if (arena_used(arena) > LIMIT_RUN_BYTES) {
		fd_close(fd);
		return -EDQUOT;
	}
	dir = fdopendir(fd);
	if (!dir) {
		fd_close(fd);
		return -errno;
	}
	*ret = (struct root_dir){0};
	while (errno = 0, entry = readdir(dir)) {
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		if (found.n == LIMIT_DIR_ENTRIES) {
			ret->cut = true;
			break;
		}
		vec_push(arena, &found,
			 (struct root_entry){arena_dup(arena, entry->d_name),
					     entry_type(fd, entry)});
	}
	if (!entry && errno)
		return -errno;
	if (found.n)
		qsort(found.v, found.n, sizeof(*found.v), entry_order);
	ret->v = found.v;
	ret->n = found.n;
	return 0;
}
