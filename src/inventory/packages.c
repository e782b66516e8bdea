/*
 * Which package owns a file. dpkg: /var/lib/dpkg/info/PACKAGE[:ARCH].list has one path per
 * line (dpkg(1)), /var/lib/dpkg/diversions three lines per diverted file. All lists are read
 * before the paths are known (package_lists.c); those that may have a wanted path, by the
 * numbers of its lines, are then read again and compared. With /usr merged, a package may have
 * recorded /bin/x or /usr/bin/x for the same file. rpm keeps a database of its own: rpm(8) is
 * asked, on the running machine only.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "inventory/inventory.h"
#include "inventory/package_lists.h"
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
	struct map numbers;   /* lists_number -> one of them */
	uint8_t filter[8192]; /* of the numbers of wanted lines */
	int dirfd;
	_Atomic uint64_t bytes; /* of all lists so far */
	struct {
		const char **v;
		size_t n, cap;
	} lists;
	struct worker {
		struct list_reader reader;
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

static bool
may_be_wanted(const struct search *search, uint32_t number)
{
	return search->filter[number >> 3 & 8191] & 1u << (number & 7);
}

static void
want(struct search *search, const char *path, size_t question, const char *only, const char *never)
{
	uint32_t number = lists_number(path, strlen(path));
	struct wanted *wanted = arena_alloc(search->arena, sizeof(*wanted));

	*wanted = (struct wanted){path, question, only, never, map_get_text(&search->wanted, path)};
	map_put_text(&search->wanted, path, wanted);
	search->filter[number >> 3 & 8191] |= (uint8_t)(1u << (number & 7));
	map_put(&search->numbers, number, wanted);
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
		const char *package = package_of(worker->reader.arena, list);

		if ((wanted->only && strcmp(wanted->only, package) != 0) ||
		    (wanted->never && strcmp(wanted->never, package) == 0))
			continue;
		vec_push(worker->reader.arena, &worker->answers,
			 (struct answer){wanted->question, package});
	}
}

static void
search_lines(struct search *search, struct worker *worker, size_t n, const char *list)
{
	char *line = worker->reader.buf, *end = line + n, *newline;

	*end = '\n';
	for (; line < end; line = newline + 1) {
		newline = memchr(line, '\n', (size_t)(end + 1 - line));
		if (!may_be_wanted(search, lists_number(line, (size_t)(newline - line))))
			continue;
		*newline = '\0';
		look_up(search, worker, line, list);
	}
}

static void
search_list(void *ctx, size_t i, unsigned number)
{
	struct search *search = ctx;
	struct worker *worker = &search->workers[number];
	ssize_t n = lists_read(search->dirfd, search->lists.v[i], &worker->reader, &search->bytes);

	if (n < 0)
		worker->unread++;
	else
		search_lines(search, worker, (size_t)n, search->lists.v[i]);
}

static bool
list_may_have_one(const struct search *search, const struct package_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (may_be_wanted(search, list->lines[i]) &&
		    map_get(&search->numbers, list->lines[i]))
			return true;
	return list->unread; /* it is tried once more, and counted */
}

static void
choose_lists(struct search *search, const struct package_lists *lists)
{
	for (size_t i = 0; i < lists->n; i++)
		if (list_may_have_one(search, &lists->v[i]))
			vec_push(search->arena, &search->lists, lists->v[i].name);
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
		search->workers[t].reader.arena = arena_new();
	pool_run(threads, search->lists.n, search_list, search);
	for (unsigned t = 0; t < threads; t++) {
		take_answers(search, &search->workers[t], arena, ret);
		unread += search->workers[t].unread;
		arena_free(search->workers[t].reader.arena);
	}
	if (unread)
		diag_add(diags, DIAG_UNSEEN, INFO, 0, 0, "%zu package lists could not be read",
			 unread);
}

static void
ask_dpkg(struct package_lists *lists, struct arena *arena, struct diags *diags,
	 const char *const *paths, size_t n, const char **ret)
{
	struct search *search = arena_alloc(arena, sizeof(*search));
	struct diversions diversions;

	search->arena = arena_new();
	search->wanted = map_of(search->arena);
	search->numbers = map_of(search->arena);
	search->dirfd = lists->dirfd;
	diversions = read_diversions(lists->root, search->arena);
	for (size_t i = 0; i < n; i++)
		if (paths[i])
			want_path(search, &diversions, paths[i], i);
	lists_wait(lists);
	choose_lists(search, lists);
	search_all(search, arena, diags, ret);
	arena_free(search->arena);
}

void
inventory_packages_end(struct package_lists *lists, struct arena *arena, struct diags *diags,
		       const char *const *paths, size_t n, const char **ret)
{
	for (size_t i = 0; i < n; i++)
		ret[i] = NULL;
	if (n && lists->dirfd >= 0)
		ask_dpkg(lists, arena, diags, paths, n, ret);
	else if (n && rpm_here(lists->root))
		rpm_packages(lists->root, arena, diags, paths, n, ret);
	lists_free(lists);
}

void
inventory_packages(const struct root *root, struct arena *arena, struct diags *diags,
		   const char *const *paths, size_t n, const char **ret)
{
	inventory_packages_end(inventory_packages_begin(root), arena, diags, paths, n, ret);
}
