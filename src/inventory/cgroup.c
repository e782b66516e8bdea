/*
 * Cgroup id -> path. The id is the inode number of the cgroup's directory, and also its
 * file handle (kernfs, FILEID_KERNFS), so open_by_handle_at(2) finds it in one call where
 * that is allowed. Where not, the tree is walked once and every directory remembered.
 */
#include "inventory/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/num.h"
#include "base/span.h"
#include "base/vec.h"

/* exportfs.h: the handle is the 64-bit kernfs id. */
#define HANDLE_KERNFS 0xfe
/* Deeper trees are not walked; the kernel's own default for cgroup.max.depth is "max". */
#define WALK_DEPTH 32

/* The mount point of type cgroup2 whose root is our namespace's root. */
static const char *
find_mount(struct arena *arena)
{
	auto_fd fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	struct span text;

	if (fd < 0 || fd_read_all(fd, arena, LIMIT_FILE_BYTES, &text) < 0)
		return NULL;
	while (text.n) {
		struct span line = span_cut(&text, '\n'), words[5];
		const char *rest = memmem(line.p, line.n, " - cgroup2 ", 11);

		if (!rest)
			continue;
		for (size_t i = 0; i < COUNT_OF(words); i++)
			words[i] = span_word(&line);
		/* Octal escapes in such a mount point: nobody does that; it is just not found. */
		if (span_is(words[3], "/") && !memchr(words[4].p, '\\', words[4].n))
			return arena_dupn(arena, words[4].p, words[4].n);
	}
	return NULL;
}

struct cgroup_tree
cgroup_open(struct arena *arena)
{
	struct cgroup_tree tree = {.arena = arena, .fd = -1, .by_id = map_of(arena)};

	tree.mount = find_mount(arena);
	if (tree.mount)
		tree.fd = open(tree.mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return tree;
}

void
cgroup_close(struct cgroup_tree *tree)
{
	fd_close(tree->fd);
	tree->fd = -1;
}

/* The path below the mount that an open directory has. */
static const char *
path_of_fd(struct cgroup_tree *tree, int fd)
{
	size_t prefix = strcmp(tree->mount, "/") == 0 ? 0 : strlen(tree->mount);
	char link[32], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (n < 0 || (size_t)n < prefix || memcmp(path, tree->mount, prefix) != 0)
		return NULL;
	path[n] = '\0';
	if (text_ends(path, " (deleted)"))
		path[n - 10] = '\0';
	return arena_dup(tree->arena, path[prefix] ? path + prefix : "/");
}

static int
by_handle(struct cgroup_tree *tree, uint64_t id, const char **ret)
{
	struct {
		struct file_handle head;
		uint64_t id;
	} handle = {{.handle_bytes = sizeof(id), .handle_type = HANDLE_KERNFS}};
	auto_fd fd = -1;

	memcpy(handle.head.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(tree->fd, &handle.head, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	*ret = path_of_fd(tree, fd);
	return *ret ? 0 : -ENOENT;
}

static void
walk(struct cgroup_tree *tree, int parent, const char *name, const char *path, int depth)
{
	auto_fd fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	auto_dir dir = NULL;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	map_put(&tree->by_id, st.st_ino, arena_dup(tree->arena, *path ? path : "/"));
	dir = depth < WALK_DEPTH ? fdopendir(fcntl(fd, F_DUPFD_CLOEXEC, 0)) : NULL;
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			walk(tree, fd, entry->d_name,
			     arena_printf(tree->arena, "%s/%s", path, entry->d_name), depth + 1);
}

const char *
cgroup_path(struct cgroup_tree *tree, uint64_t id)
{
	const char *path = map_get(&tree->by_id, id);
	int r;

	if (!id || tree->fd < 0)
		return NULL;
	if (!path && !tree->walked) {
		r = by_handle(tree, id, &path);
		if (r == -EPERM || r == -EOPNOTSUPP || r == -ENOSYS || r == -EACCES) {
			tree->walked = true;
			walk(tree, tree->fd, ".", "", 0);
			path = map_get(&tree->by_id, id);
		}
		if (path)
			map_put(&tree->by_id, id, (void *)(uintptr_t)path);
	}
	if (!path)
		map_put(&tree->by_id, id, (void *)(uintptr_t) "");
	return path && *path ? path : NULL;
}

size_t
cgroup_pids(struct cgroup_tree *tree, const char *path, pid_t **ret)
{
	VEC(pid_t) pids = {0};
	struct span text;
	auto_fd fd = -1;

	*ret = NULL;
	if (tree->fd < 0)
		return 0;
	fd = openat(tree->fd, arena_printf(tree->arena, ".%s/cgroup.procs", path),
		    O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fd_read_all(fd, tree->arena, LIMIT_FILE_BYTES, &text) < 0)
		return 0;
	while (text.n) {
		uint32_t pid;

		/* "0" stands for a process outside of our pid namespace. */
		if (num_u32(span_cut(&text, '\n'), INT_MAX, &pid) && pid)
			vec_push(tree->arena, &pids, (pid_t)pid);
	}
	*ret = pids.v;
	return pids.n;
}
