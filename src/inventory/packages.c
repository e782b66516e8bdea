/*
 * Which package owns a file. dpkg: /var/lib/dpkg/info/PACKAGE[:ARCH].list has one path per
 * line (dpkg(1)), /var/lib/dpkg/diversions three lines per diverted file. All lists are read
 * once, in threads; a line is only looked up when its length and last bytes are those of a
 * wanted path, which is nearly never. With /usr merged, a package may have recorded /bin/x or
 * /usr/bin/x for the same file.
 * rpm keeps a database of its own: rpm(8) is asked, on the running machine only.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "inventory/inventory.h"
#include "inventory/pool.h"
#include "inventory/rpm.h"

#define INFO "/var/lib/dpkg/info"
#define DIVERSIONS "/var/lib/dpkg/diversions"

/* A path to look for. Several may stand for one question (merged /usr). */
struct wanted {
	const char *path;
	size_t question;
	const char *only, *never; /* diversions: only this package, any but this one */
	struct wanted *next;      /* of the same path */
};

struct search {
	struct arena *arena;
	struct map wanted;    /* path -> struct wanted */
	uint8_t filter[8192]; /* of lengths and last bytes */
	int dirfd;
	_Atomic uint64_t bytes; /* of all lists so far */
	struct {
		const char **v;
		size_t n, cap;
	} lists;
	struct worker {
		struct arena *arena;
		char *buf; /* one list at a time */
		size_t size;
		size_t unread;
		struct {
			struct answer {
				size_t question;
				const char *package;
			} * v;
			size_t n, cap;
		} answers;
	} workers[POOL_MAX];
};

static unsigned
filter_of(const char *text, size_t n)
{
	unsigned last = n < 4 ? 0
			      : (unsigned)(unsigned char)text[n - 1] |
					(unsigned)(unsigned char)text[n - 2] << 8 |
					(unsigned)(unsigned char)text[n - 3] << 16 |
					(unsigned)(unsigned char)text[n - 4] << 24;

	return (last * 2654435761u ^ (unsigned)n * 40503u) >> 7 & 0xffff;
}

static void
want(struct search *search, const char *path, size_t question, const char *only, const char *never)
{
	unsigned bit = filter_of(path, strlen(path));
	struct wanted *wanted = arena_alloc(search->arena, sizeof(*wanted));

	*wanted = (struct wanted){path, question, only, never, map_get_text(&search->wanted, path)};
	map_put_text(&search->wanted, path, wanted);
	search->filter[bit / 8] |= (uint8_t)(1u << bit % 8);
}

/* Diversions -------------------------------------------------------------------------- */

struct diversion {
	const char *from, *to, *package; /* ":" = the administrator's own */
};

struct diversions {
	struct diversion *v;
	size_t n, cap;
};

static struct diversions
read_diversions(const struct root *root, struct arena *arena)
{
	struct diversions diversions = {0};
	struct span text;

	if (root_read(root, DIVERSIONS, arena, LIMIT_DATABASE_BYTES, &text) < 0)
		return diversions;
	while (text.n) {
		struct diversion d;

		d.from = span_dup(arena, span_cut(&text, '\n'));
		d.to = span_dup(arena, span_cut(&text, '\n'));
		d.package = span_dup(arena, span_cut(&text, '\n'));
		vec_push(arena, &diversions, d);
	}
	return diversions;
}

/* What stands at "from" is the diverting package's; what stands at "to" is everybody else's. */
static void
want_spelled(struct search *search, const struct diversions *diversions, const char *path,
	     size_t question)
{
	for (size_t i = 0; i < diversions->n; i++) {
		const struct diversion *d = &diversions->v[i];

		if (strcmp(path, d->to) == 0)
			want(search, d->from, question, NULL, d->package);
		if (strcmp(path, d->from) == 0) {
			if (strcmp(d->package, ":") != 0)
				want(search, path, question, d->package, NULL);
			return;
		}
	}
	want(search, path, question, NULL, NULL);
}

static bool
is_merged(const char *path)
{
	return text_starts(path, "/bin/") || text_starts(path, "/sbin/") ||
	       text_starts(path, "/lib");
}

static void
want_path(struct search *search, const struct diversions *diversions, const char *path,
	  size_t question)
{
	want_spelled(search, diversions, path, question);
	if (text_starts(path, "/usr/") && is_merged(path + 4))
		want_spelled(search, diversions, path + 4, question);
	else if (is_merged(path))
		want_spelled(search, diversions, arena_printf(search->arena, "/usr%s", path),
			     question);
}

/* Lists ------------------------------------------------------------------------------ */

/* "libc6:amd64.list" -> "libc6" */
static const char *
package_of(struct arena *arena, const char *list)
{
	return arena_dupn(arena, list,
			  strcspn(list, ":") < strlen(list) - 5 ? strcspn(list, ":")
								: strlen(list) - 5);
}

static void
look_up(struct search *search, struct worker *worker, const char *line, const char *list)
{
	for (const struct wanted *wanted = map_get_text(&search->wanted, line); wanted;
	     wanted = wanted->next) {
		const char *package = package_of(worker->arena, list);

		if ((wanted->only && strcmp(wanted->only, package) != 0) ||
		    (wanted->never && strcmp(wanted->never, package) == 0))
			continue;
		vec_push(worker->arena, &worker->answers,
			 (struct answer){wanted->question, package});
	}
}

static void
search_lines(struct search *search, struct worker *worker, size_t n, const char *list)
{
	char *line = worker->buf, *end = worker->buf + n, *newline;

	*end = '\n';
	for (; line < end; line = newline + 1) {
		unsigned bit;

		newline = memchr(line, '\n', (size_t)(end + 1 - line));
		bit = filter_of(line, (size_t)(newline - line));
		if (!(search->filter[bit / 8] & 1u << bit % 8))
			continue;
		*newline = '\0';
		look_up(search, worker, line, list);
	}
}

/* The file's bytes in the worker's buffer, with room for one more; -errno. */
static ssize_t
read_list(struct search *search, struct worker *worker, const char *list)
{
	struct stat st;
	auto_fd fd = -1;
	size_t n = 0;

	/* Look before opening: a device has effects. */
	if (fstatat(search->dirfd, list, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	fd = openat(search->dirfd, list, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > LIMIT_FILE_BYTES ||
	    atomic_fetch_add(&search->bytes, (uint64_t)st.st_size) > LIMIT_DATABASE_BYTES)
		return -EFBIG;
	if (worker->size < (size_t)st.st_size + 1) {
		worker->size = (size_t)st.st_size * 2 + 65536;
		worker->buf = arena_alloc(worker->arena, worker->size);
	}
	while (n < (size_t)st.st_size) {
		ssize_t got = read(fd, worker->buf + n, (size_t)st.st_size - n);

		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static void
search_list(void *ctx, size_t i, unsigned number)
{
	struct search *search = ctx;
	struct worker *worker = &search->workers[number];
	ssize_t n = read_list(search, worker, search->lists.v[i]);

	if (n < 0)
		worker->unread++;
	else
		search_lines(search, worker, (size_t)n, search->lists.v[i]);
}

static void
find_lists(struct search *search)
{
	auto_dir dir = fdopendir(fcntl(search->dirfd, F_DUPFD_CLOEXEC, 0));

	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (text_ends(entry->d_name, ".list") && search->lists.n < LIMIT_DIR_ENTRIES)
			vec_push(search->arena, &search->lists,
				 arena_dup(search->arena, entry->d_name));
}

/* Should two packages claim a path, the first name in the alphabet is shown, every time. */
static void
take_answers(struct search *search, struct worker *worker, struct arena *arena, const char **ret)
{
	for (size_t i = 0; i < worker->answers.n; i++) {
		const struct answer *answer = &worker->answers.v[i];
		const char **slot = &ret[answer->question];

		if (!*slot || strcmp(answer->package, *slot) < 0)
			*slot = arena_dup(arena, answer->package);
	}
}

static void
search_all(struct search *search, struct arena *arena, struct diags *diags, const char **ret)
{
	unsigned threads = pool_threads(0, search->lists.n / 4);
	size_t unread = 0;

	for (unsigned t = 0; t < threads; t++)
		search->workers[t].arena = arena_new();
	pool_run(threads, search->lists.n, search_list, search);
	for (unsigned t = 0; t < threads; t++) {
		take_answers(search, &search->workers[t], arena, ret);
		unread += search->workers[t].unread;
		arena_free(search->workers[t].arena);
	}
	if (unread)
		diag_add(diags, DIAG_UNSEEN, INFO, 0, 0, "%zu package lists could not be read",
			 unread);
}

static void
ask_dpkg(const struct root *root, int dirfd, struct arena *arena, struct diags *diags,
	 const char *const *paths, size_t n, const char **ret)
{
	struct search *search = arena_alloc(arena, sizeof(*search));
	struct diversions diversions;

	search->arena = arena_new();
	search->wanted = map_of(search->arena);
	search->dirfd = dirfd;
	diversions = read_diversions(root, search->arena);
	for (size_t i = 0; i < n; i++)
		if (paths[i])
			want_path(search, &diversions, paths[i], i);
	find_lists(search);
	search_all(search, arena, diags, ret);
	arena_free(search->arena);
}

void
inventory_packages(const struct root *root, struct arena *arena, struct diags *diags,
		   const char *const *paths, size_t n, const char **ret)
{
	auto_fd dirfd = root_open_at(root, INFO, O_RDONLY | O_DIRECTORY);

	for (size_t i = 0; i < n; i++)
		ret[i] = NULL;
	if (!n)
		return;
	if (dirfd >= 0)
		ask_dpkg(root, dirfd, arena, diags, paths, n, ret);
	else if (rpm_here(root))
		rpm_packages(root, arena, diags, paths, n, ret);
}
