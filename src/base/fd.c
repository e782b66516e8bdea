#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/limits.h"

void
fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

void
fd_closep(int *fd)
{
	fd_close(*fd);
	*fd = -1;
}

void
dir_closep(DIR **dir)
{
	if (*dir)
		closedir(*dir);
	*dir = NULL;
}

void
file_closep(FILE **file)
{
	if (*file)
		fclose(*file);
	*file = NULL;
}

int
fd_read_all(int fd, struct arena *arena, size_t limit, struct span *ret)
{
	size_t cap = 4096, n = 0;
	bool sized = false;
	struct stat st;
	char *buf;

	if (arena_used(arena) > LIMIT_RUN_BYTES)
		return -EDQUOT;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		sized = S_ISREG(st.st_mode);
		if ((unsigned long long)st.st_size > limit)
			return -EFBIG;
		cap = (size_t)st.st_size + 1;
	}
	buf = arena_alloc(arena, cap + 1);
	for (;;) {
		ssize_t got;

		if (n == cap) {
			char *grown = arena_alloc(arena, cap * 2 + 1);

			memcpy(grown, buf, n);
			buf = grown;
			cap *= 2;
		}
		got = read(fd, buf + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
		if (n > limit)
			return -EFBIG;
		/* All that was announced and room to spare: no second call for the end. */
		if (sized && n < cap && n == (size_t)st.st_size)
			break;
	}
	buf[n] = '\0';
	*ret = (struct span){buf, n};
	return 0;
}

int
fd_read_small_at(int dirfd, const char *name, char *buf, size_t size)
{
	auto_fd fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	size_t n = 0;

	if (fd < 0)
		return -errno;
	while (n < size - 1) {
		ssize_t got = read(fd, buf + n, size - 1 - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	buf[n] = '\0';
	return (int)n;
}

int
fd_assure_standard(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
		if (fd < 0)
			return -errno;
	} while (fd <= STDERR_FILENO);
	close(fd);
	return 0;
}
