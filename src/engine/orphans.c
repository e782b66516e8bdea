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

/* The line that the dead worker cannot write any more. */
static void
log_end(struct slot *slot, const struct book_session *session, int status,
	const struct rusage *usage)
{
	struct record_out *out = calloc(1, sizeof(*out));
	struct record record = {.kind = RECORD_EXIT, .end = RECORD_ENDED_UNKNOWN};
	struct timespec now;

	if (!out)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	record.time = now.tv_sec * LOOP_SECOND + now.tv_nsec;
	record.session = session->number;
	record.pid = session->pid;
	record.addr = session->addr;
	record.port = session->port;
	record.duration = record.time - session->started;
	if (usage) {
		record.end = WIFSIGNALED(status) ? RECORD_ENDED_SIGNAL : RECORD_ENDED_SELF;
		record.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
		record.user_us = usage->ru_utime.tv_sec * 1000000ull + usage->ru_utime.tv_usec;
		record.sys_us = usage->ru_stime.tv_sec * 1000000ull + usage->ru_stime.tv_usec;
		record.max_rss = usage->ru_maxrss;
	}
	out->fd = helper_client(&slot->parent->log, slot);
	if (out->fd >= 0) {
		record_put(out, &record, NULL, NULL, NULL);
		record_flush(out);
		fd_close(out->fd);
	}
	free(out);
}

/* Sessions without a process ended with their worker, and so did those whose process is gone. */
void
orphans_of(struct worker *worker)
{
	struct slot *slot = worker->slot;
	struct book *book = slot->book;

	if (!book)
		return;
	for (uint32_t i = 0, top = book_top(book); i < top; i++) {
		struct book_session *session = &book->sessions[i];
		uint32_t state = atomic_load(&session->state);
		pid_t pid = session->pid;

		if (session->worker != worker->number || state == BOOK_FREE || state == BOOK_ENDED)
			continue;
		if (state == BOOK_RUNNING && pid > 0 && (kill(pid, 0) == 0 || errno == EPERM)) {
			slot->orphans = true;
			continue;
		}
		log_end(slot, session, 0, NULL);
		mark_ended(book, session);
	}
}

static bool
ended_in(struct slot *slot, pid_t pid, int status, const struct rusage *usage)
{
	struct book *book = slot->book;
	bool found = false, left = false;

	for (uint32_t i = 0, top = book_top(book); i < top; i++) {
		struct book_session *session = &book->sessions[i];

		if (atomic_load(&session->state) != BOOK_RUNNING ||
		    (slot->worker && session->worker == slot->worker->number))
			continue;
		if (session->pid == pid && !found) {
			found = true;
			log_end(slot, session, status, usage);
			mark_ended(book, session);
		} else {
			left = true;
		}
	}
	slot->orphans = left;
	return found;
}

bool
orphan_ended(struct parent *parent, pid_t pid, int status, const struct rusage *usage)
{
	for (size_t i = 0; i < parent->n_slots; i++) {
		struct slot *slot = parent->slots[i];

		if (!slot->orphans || !ended_in(slot, pid, status, usage))
			continue;
		slot_free_if_gone(slot);
		return true;
	}
	return false;
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

	if (over == getpid())
		return pid != parent->log.pid && pid != parent->resolver.pid &&
		       !worker_find(parent, pid);
	for (const struct worker *worker = parent->workers; worker; worker = worker->next)
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
