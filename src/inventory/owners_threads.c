/*
 * Owners by reading /proc/PID/fd of every process, in as many threads as there are
 * processors. A descriptor costs about 3 us (one readlink), and nothing makes it cheaper:
 * fstat, statx, io_uring and guessing numbers were measured and are not.
 *
 * No race with the reuse of a pid: a directory below /proc/PID belongs to that one process
 * and answers ESRCH after its end, never for its successor. So "../stat", opened from the
 * descriptor directory, is the start time of the process whose links were read.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/map.h"
#include "base/num.h"
#include "base/vec.h"
#include "inventory/owners.h"
#include "inventory/pool.h"

/* Rounds of looking for processes born meanwhile, so that a forking server is not half seen. */
#define ROUNDS 4

struct worker {
	struct arena *arena;
	struct owner_hits hits;
	size_t hidden;
	_Alignas(64) char apart[64]; /* workers must not share a cache line */
};

struct scan {
	const struct owner_search *search;
	const struct proc_pids *pids;
	struct worker workers[POOL_MAX];
};

/* "socket:[123]" -> 123, else 0. */
static uint32_t
socket_inode(const char *link, ssize_t n)
{
	uint32_t inode;

	if (n < 10 || memcmp(link, "socket:[", 8) != 0 || link[n - 1] != ']')
		return 0;
	return num_u32((struct span){link + 8, (size_t)n - 9}, UINT32_MAX, &inode) ? inode : 0;
}

/* False when the links may not be read: root may list them even where ptrace(2) is refused. */
static bool
scan_fds(struct scan *scan, struct worker *worker, int dirfd, pid_t pid)
{
	_Alignas(struct dirent) char buf[16384];
	bool denied = false;
	ssize_t n, length;

	while ((n = getdents64(dirfd, buf, sizeof(buf))) > 0)
		for (ssize_t at = 0; at < n;) {
			const struct dirent64 *entry = (const void *)(buf + at);
			char link[32];
			uint32_t inode, fd;

			at += entry->d_reclen;
			if (entry->d_name[0] == '.')
				continue;
			length = readlinkat(dirfd, entry->d_name, link, sizeof(link));
			if (length < 0)
				denied |= errno == EACCES || errno == EPERM;
			inode = socket_inode(link, length);
			if (inode && inode_set_has(&scan->search->wanted, inode) &&
			    num_u32(span_of(entry->d_name), INT_MAX, &fd))
				vec_push(worker->arena, &worker->hits,
					 (struct owner_hit){inode, pid, (int32_t)fd, 0});
		}
	return !denied;
}

/* A thread may have descriptors of its own (CLONE_FILES left out), and outlive the first one,
 * whose list then is empty. */
static bool
scan_tasks(struct scan *scan, struct worker *worker, pid_t pid)
{
	char path[PROC_NAME], name[PROC_NAME];
	auto_dir dir = opendir(proc_name(path, pid, "task"));
	bool seen = true;

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		auto_fd fd = -1;
		uint32_t tid;

		if (!num_u32(span_of(entry->d_name), INT_MAX, &tid) || (pid_t)tid == pid)
			continue;
		snprintf(name, sizeof(name), "%u/fd", tid);
		fd = openat(dirfd(dir), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0)
			seen &= scan_fds(scan, worker, fd, pid);
		else
			seen &= errno == ENOENT || errno == ESRCH;
	}
	return seen;
}

static void
scan_process(void *ctx, size_t i, unsigned number)
{
	struct scan *scan = ctx;
	struct worker *worker = &scan->workers[number];
	pid_t pid = scan->pids->v[i];
	size_t before = worker->hits.n;
	char path[PROC_NAME];
	auto_fd dirfd = open(proc_name(path, pid, "fd"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct proc_stat stat;

	if (dirfd < 0) {
		if (errno != ENOENT && errno != ESRCH)
			worker->hidden++;
		return;
	}
	if (!scan_fds(scan, worker, dirfd, pid) ||
	    (scan->search->deep && !scan_tasks(scan, worker, pid)))
		worker->hidden++;
	if (worker->hits.n == before)
		return;
	if (proc_stat_read(dirfd, "../stat", &stat) < 0 || stat.state == 'X' ||
	    (stat.state == 'Z' && !scan->search->deep)) {
		worker->hits.n = before; /* it ended while we looked: it owns nothing any more */
		return;
	}
	for (size_t k = before; k < worker->hits.n; k++)
		worker->hits.v[k].start_ticks = stat.start_ticks;
}

void
owners_scan(struct owner_search *search, const struct proc_pids *pids)
{
	struct scan scan = {.search = search, .pids = pids};
	unsigned threads = pool_threads(search->options->threads, pids->n);

	for (unsigned t = 0; t < threads; t++)
		scan.workers[t].arena = arena_new();
	pool_run(threads, pids->n, scan_process, &scan);
	for (unsigned t = 0; t < threads; t++) {
		struct worker *worker = &scan.workers[t];

		for (size_t i = 0; i < worker->hits.n; i++)
			vec_push(search->audit->arena, &search->hits, worker->hits.v[i]);
		search->hidden += worker->hidden;
		arena_free(worker->arena);
	}
}

/* Those of all that are not yet known; knows them afterwards. */
static struct proc_pids
new_pids(struct arena *arena, struct map *known)
{
	struct proc_pids all = proc_pids(arena), fresh = {0};

	for (size_t i = 0; i < all.n; i++) {
		if (map_get(known, (uint64_t)all.v[i]))
			continue;
		map_put(known, (uint64_t)all.v[i], known);
		vec_push(arena, &fresh, all.v[i]);
	}
	return fresh;
}

int
owners_by_threads(struct owner_search *search)
{
	struct arena *arena = arena_new();
	struct map known = map_of(arena);

	for (int round = 0; round < ROUNDS; round++) {
		struct proc_pids fresh = new_pids(arena, &known);

		if (!fresh.n)
			break;
		owners_scan(search, &fresh);
	}
	search->whole = true;
	arena_free(arena);
	return 0;
}
