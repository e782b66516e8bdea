/*
 * Lists of files of packages. They are read before anybody knows which paths are wanted, in
 * threads of their own, while other things are looked at; what is kept is one number per line.
 */
#include "inventory/package_lists.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/vec.h"
#include "inventory/pool.h"

#define INFO "/var/lib/dpkg/info"
/* More would take the processors from those who read the rest of the machine meanwhile. */
#define THREADS 2

struct reading {
	struct package_lists lists; /* first: what others see of it */
	bool threaded;
	pthread_t thread;
	_Atomic uint64_t bytes;
	struct list_reader readers[THREADS];
};

uint32_t
lists_number(const char *line, size_t n)
{
	uint64_t first = 0, last = 0;

	if (n >= 8) {
		memcpy(&first, line + (n < 16 ? 0 : n - 16), 8);
		memcpy(&last, line + n - 8, 8);
	} else {
		memcpy(&last, line, n);
	}
	first = (first ^ n) * 0x9E3779B97F4A7C15u;
	last = (last ^ first ^ first >> 29) * 0xBF58476D1CE4E5B9u;
	return (uint32_t)(last >> 32);
}

ssize_t
lists_read(int dirfd, const char *name, struct list_reader *reader, _Atomic uint64_t *total)
{
	struct stat st;
	auto_fd fd = -1;
	size_t n = 0;

	/* Look before opening: a device has effects. */
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > LIMIT_FILE_BYTES ||
	    atomic_fetch_add(total, (uint64_t)st.st_size) > LIMIT_DATABASE_BYTES)
		return -EFBIG;
	if (reader->size < (size_t)st.st_size + 1) {
		reader->size = (size_t)st.st_size * 2 + 65536;
		reader->buf = arena_alloc(reader->arena, reader->size);
	}
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, reader->buf + n, (size_t)st.st_size - n);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static void
number_lines(void *ctx, size_t i, unsigned number)
{
	struct reading *reading = ctx;
	struct list_reader *reader = &reading->readers[number];
	struct package_list *list = &reading->lists.v[i];
	ssize_t n = lists_read(reading->lists.dirfd, list->name, reader, &reading->bytes);
	const char *line = reader->buf, *end, *newline;

	list->unread = n < 0;
	if (n <= 0)
		return;
	reader->buf[n] = '\n';
	end = line + n;
	/* Lines of one byte are no paths: there are at most half as many as bytes. */
	list->lines = arena_array(reader->arena, (size_t)n / 2 + 1, sizeof(*list->lines));
	for (; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end + 1 - line));
		if (newline - line > 1)
			list->lines[list->n++] = lists_number(line, (size_t)(newline - line));
	}
}

static void
find_lists(struct reading *reading)
{
	auto_dir dir = fdopendir(fcntl(reading->lists.dirfd, F_DUPFD_CLOEXEC, 0));
	struct {
		struct package_list *v;
		size_t n, cap;
	} found = {0};

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (text_ends(entry->d_name, ".list") && found.n < LIMIT_DIR_ENTRIES)
			vec_push(reading->lists.arena, &found,
				 (struct package_list){
					 .name = arena_dup(reading->lists.arena, entry->d_name)});
	reading->lists.v = found.v;
	reading->lists.n = found.n;
}

static void *
read_lists(void *arg)
{
	struct reading *reading = arg;
	unsigned threads;

	find_lists(reading);
	threads = pool_threads(THREADS, reading->lists.n / 4);
	for (unsigned t = 0; t < threads; t++)
		reading->readers[t].arena = arena_new();
	pool_run(threads, reading->lists.n, number_lines, reading);
	for (unsigned t = 0; t < threads; t++)
		arena_adopt(reading->lists.arena, reading->readers[t].arena);
	return NULL;
}

struct package_lists *
inventory_packages_begin(const struct root *root)
{
	struct reading *reading = calloc(1, sizeof(*reading));

	if (!reading)
		err_no_memory();
	reading->lists.root = root;
	reading->lists.arena = arena_new();
	reading->lists.dirfd = root_open_at(root, INFO, O_RDONLY | O_DIRECTORY);
	if (reading->lists.dirfd < 0)
		return &reading->lists;
	reading->threaded = pthread_create(&reading->thread, NULL, read_lists, reading) == 0;
	if (!reading->threaded)
		read_lists(reading);
	return &reading->lists;
}

void
lists_wait(struct package_lists *lists)
{
	struct reading *reading = (void *)lists;

	if (reading->threaded)
		pthread_join(reading->thread, NULL);
	reading->threaded = false;
}

void
lists_free(struct package_lists *lists)
{
	lists_wait(lists);
	fd_close(lists->dirfd);
	arena_free(lists->arena);
	free(lists);
}
