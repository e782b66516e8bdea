/*
 * Orphans: sessions that outlived their worker. As a subreaper (prctl(2)) the parent inherits them,
 * so that the book says when they end and limits still count them. What the book says was written
 * by a worker that may have been taken over: a pid from it is believed only when the kernel
 * says that it is a child of ours or of that worker.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "engine/parent.h"
#include "engine/record.h"

uint32_t
book_top(const struct book *book)
{
	uint32_t top = atomic_load(&book->top);

	return top < BOOK_SESSIONS ? top : BOOK_SESSIONS;
}

static void
mark_ended(struct book *book, struct book_session *session)
{
	uint32_t state = atomic_load(&session->state);

	if (state != BOOK_RUNNING && state != BOOK_ASKING)
		return;
	if (!atomic_compare_exchange_strong(&session->state, &state, BOOK_ENDED))
		return;
	atomic_fetch_sub(&book->running, 1);
	atomic_fetch_add(&book->ended_by_others, 1);
}

/* One less of the processes of all services. */
static void
uncount(struct parent *parent)
{
	uint32_t n = atomic_load(&parent->common->running);

	while (n && !atomic_compare_exchange_weak(&parent->common->running, &n, n - 1))
		;
}

/* The line that the dead worker cannot write any more. */
static void
put_end(struct record_out *out, const struct book_session *session, int status,
	const struct rusage *usage)
{
	struct record record = {.kind = RECORD_EXIT, .end = RECORD_ENDED_UNKNOWN};
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	record.time = now.tv_sec * LOOP_SECOND + now.tv_nsec;
	record.session = session->number;
	record.pid = session->pid;
	record.addr = session->addr;
	record.port = session->port;
	record.duration = (int64_t)((uint64_t)record.time - (uint64_t)session->started);
	if (usage) {
		record.end = WIFSIGNALED(status) ? RECORD_ENDED_SIGNAL : RECORD_ENDED_SELF;
		record.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
		record.user_us = usage->ru_utime.tv_sec * 1000000ull + usage->ru_utime.tv_usec;
		record.sys_us = usage->ru_stime.tv_sec * 1000000ull + usage->ru_stime.tv_usec;
		record.max_rss = usage->ru_maxrss;
	}
	record_put(out, &record, NULL, NULL, NULL);
}

static struct record_out *
log_open(struct slot *slot)
{
	struct record_out *out = malloc(sizeof(*out));

	if (!out)
		err_no_memory();
	out->used = 0;
	out->lost = 0;
	out->fd = helper_client(&slot->parent->log, slot);
	return out;
}

static void
log_close(struct record_out *out)
{
	record_flush(out);
	fd_close(out->fd);
	free(out);
}

void
orphan_add(struct slot *slot, pid_t pid, uint32_t place)
{
	struct parent *parent = slot->parent;

	if (parent->n_orphans == parent->cap_orphans) {
		parent->cap_orphans = parent->cap_orphans ? parent->cap_orphans * 2 : 64;
		parent->orphans = reallocarray(parent->orphans, parent->cap_orphans,
					       sizeof(*parent->orphans));
		if (!parent->orphans)
			err_no_memory();
	}
	parent->orphans[parent->n_orphans++] = (struct orphan){pid, place, slot};
	slot->n_orphans++;
}

/*
 * Our children that are nobody's yet, ascending. A hostile book may name any number of processes
 * any number of times; each of our children can be claimed once, by the first.
 */
struct children {
	pid_t *v;
	size_t n;
};

static int
pid_cmp(const void *a, const void *b)
{
	return (*(const pid_t *)a > *(const pid_t *)b) - (*(const pid_t *)a < *(const pid_t *)b);
}

static pid_t *
children_find(const struct children *children, pid_t pid)
{
	return pid > 0 && children->n
		       ? bsearch(&pid, children->v, children->n, sizeof(pid), pid_cmp)
		       : NULL;
}

/* A pid that was claimed stays as one that no session can have: the order is that of its place. */
static bool
children_claim(struct children *children, pid_t pid, uint64_t *claimed)
{
	const pid_t *at = children_find(children, pid);
	size_t i = at ? (size_t)(at - children->v) : 0;

	if (!at || claimed[i / 64] >> i % 64 & 1)
		return false;
	claimed[i / 64] |= UINT64_C(1) << i % 64;
	return true;
}

static void
children_read(struct children *ret)
{
	FILE *file = fopen("/proc/thread-self/children", "re");
	size_t cap = 0;
	int pid;

	*ret = (struct children){0};
	while (file && fscanf(file, "%d", &pid) == 1) {
		if (ret->n == cap) {
			cap = cap ? cap * 2 : 256;
			ret->v = reallocarray(ret->v, cap, sizeof(*ret->v));
			if (!ret->v)
				err_no_memory();
		}
		ret->v[ret->n++] = pid;
	}
	if (file)
		fclose(file);
	if (ret->n)
		qsort(ret->v, ret->n, sizeof(*ret->v), pid_cmp);
}

/* Processes that have a place of their own. */
static void
claim_ours(const struct parent *parent, struct children *children, uint64_t *claimed)
{
	children_claim(children, parent->log.pid, claimed);
	children_claim(children, parent->resolver.pid, claimed);
	for (const struct slot_worker *worker = parent->workers; worker; worker = worker->next)
		children_claim(children, worker->pid, claimed);
	for (size_t i = 0; i < parent->n_orphans; i++)
		children_claim(children, parent->orphans[i].pid, claimed);
}

/* Sessions without a process ended with their worker, and so did those whose process is gone. */
void
orphans_of(struct slot_worker *worker)
{
	struct slot *slot = worker->slot;
	struct book *book = slot->book;
	uint32_t top = book ? book_top(book) : 0;
	struct record_out *out = NULL;
	struct children children;
	uint64_t *claimed;

	if (!top)
		return;
	children_read(&children);
	claimed = calloc(children.n / 64 + 1, sizeof(*claimed));
	if (!claimed)
		err_no_memory();
	claim_ours(slot->parent, &children, claimed);
	for (uint32_t i = 0; i < top; i++) {
		struct book_session *session = &book->sessions[i];
		uint32_t state = atomic_load(&session->state);
		pid_t pid = session->pid;

		if (session->worker != worker->number || state == BOOK_FREE || state == BOOK_ENDED)
			continue;
		if (state == BOOK_RUNNING && children_claim(&children, pid, claimed)) {
			orphan_add(slot, pid, i);
			continue;
		}
		if (!out)
			out = log_open(slot);
		put_end(out, session, 0, NULL);
		mark_ended(book, session);
		if (pid > 0)
			uncount(slot->parent);
	}
	if (out)
		log_close(out);
	free(claimed);
	free(children.v);
}

bool
orphan_ended(struct parent *parent, pid_t pid, int status, const struct rusage *usage)
{
	struct record_out *out;
	struct orphan orphan;
	struct book_session *session;
	size_t i = 0;

	while (i < parent->n_orphans && parent->orphans[i].pid != pid)
		i++;
	if (i == parent->n_orphans)
		return false;
	orphan = parent->orphans[i];
	parent->orphans[i] = parent->orphans[--parent->n_orphans];
	orphan.slot->n_orphans--;
	uncount(parent);
	session = &orphan.slot->book->sessions[orphan.place];
	if (atomic_load(&session->state) == BOOK_RUNNING && session->pid == pid) {
		out = log_open(orphan.slot);
		put_end(out, session, status, usage);
		log_close(out);
		mark_ended(orphan.slot->book, session);
	}
	slot_free_if_gone(orphan.slot);
	return true;
}

/* The parent of a process, by proc(5); -1 when it is gone. */
static pid_t
parent_of(pid_t pid)
{
	char path[40], text[512];
	const char *at;
	int ppid = -1;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (fd_read_small_at(AT_FDCWD, path, text, sizeof(text)) < 0)
		return -1;
	at = strrchr(text, ')'); /* the name before it may hold anything */
	return at && sscanf(at, ") %*c %d", &ppid) == 1 ? ppid : -1;
}

static bool
is_ours(const struct parent *parent, const struct slot *slot, pid_t pid)
{
	pid_t over = parent_of(pid);

	for (size_t i = 0; over == getpid() && i < parent->n_orphans; i++)
		if (parent->orphans[i].pid == pid)
			return parent->orphans[i].slot == slot;
	for (const struct slot_worker *worker = parent->workers; worker; worker = worker->next)
		if (worker->slot == slot && worker->pid == over)
			return true;
	return false;
}

bool
orphan_kill(const struct slot *slot, pid_t pid, int signal)
{
	/* The pidfd first: what is looked at after that cannot become another process. */
	auto_fd fd = (int)syscall(SYS_pidfd_open, pid, 0);

	return fd >= 0 && is_ours(slot->parent, slot, pid) &&
	       syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) == 0;
}

/*
 * A worker may have been taken over, so it gets no more by this than it could have had by a limit
 * on its child's processor time (setrlimit(2)), which setuid programs inherit: their end.
 */
void
child_kill(const struct slot_worker *worker, pid_t pid, int signal)
{
	auto_fd fd = -1;

	if (pid <= 0 || (signal != SIGTERM && signal != SIGKILL))
		return;
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (fd >= 0 && parent_of(pid) == worker->pid &&
	    syscall(SYS_pidfd_send_signal, fd, signal, NULL, 0) < 0)
		parent_say(worker->slot->parent, LOG_WARNING, "%s: process %d cannot be ended: %s",
			   worker->slot->id, (int)pid, strerror(errno));
}

uint32_t
slot_kill_sessions(struct slot *slot, uint64_t number, int signal)
{
	struct book *book = slot->book;
	uint32_t n = 0;

	if (!book)
		return 0;
	for (uint32_t i = 0, top = book_top(book); i < top; i++) {
		struct book_session *session = &book->sessions[i];
		pid_t pid = session->pid;

		if (atomic_load(&session->state) == BOOK_RUNNING && pid > 0 &&
		    (!number || session->number == number))
			n += orphan_kill(slot, pid, signal);
	}
	return n;
}
