/* Files behind a program: do they still look as they did when it was compiled? */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "access/program.h"

static struct watched
look(const struct root *root, const char *path)
{
	struct watched ret = {.path = path};
	struct stat st;
	int r;

	if (root->live) /* one system call instead of three: this is asked at every connection */
		r = stat(path, &st) < 0 ? -errno : 0;
	else
		r = root_stat(root, path, &st);
	ret.error = r;
	if (r < 0)
		return ret;
	ret.dev = st.st_dev;
	ret.ino = st.st_ino;
	ret.size = (uint64_t)st.st_size;
	ret.mtime_s = st.st_mtim.tv_sec;
	ret.mtime_ns = st.st_mtim.tv_nsec;
	ret.ctime_s = st.st_ctim.tv_sec;
	ret.ctime_ns = st.st_ctim.tv_nsec;
	return ret;
}

void
compile_watch(struct compile *compile, const char *path)
{
	for (size_t i = 0; i < compile->watched.n; i++)
		if (text_is(compile->watched.v[i].path, path))
			return;
	vec_push(compile->scratch, &compile->watched, look(compile->root, path));
}

bool
access_hosts_unread(const struct access *access)
{
	return access->unread;
}

bool
access_hosts_changed(const struct access *access)
{
	for (uint32_t i = 0; i < access->n_watched; i++) {
		struct watched now = look(&access->root, access->watched[i].path);

		if (memcmp(&now, &access->watched[i], sizeof(now)) != 0)
			return true;
	}
	return false;
}
