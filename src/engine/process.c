/*
 * Process: making a child of the parent. It begins with the default signals, an empty mask, and no
 * descriptor but the standard ones and those it was made for: listeners, books and control sockets
 * of others are closed before any other code runs.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/parent.h"

static int
compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static int
close_others(const int *keep, size_t n_keep)
{
	int sorted[KEEP_MAX];
	unsigned from = STDERR_FILENO + 1;
	size_t n = 0;

	for (size_t i = 0; i < n_keep; i++)
		if (keep[i] > STDERR_FILENO)
			sorted[n++] = keep[i];
	qsort(sorted, n, sizeof(*sorted), compare);
	for (size_t i = 0; i < n; i++) {
		if ((unsigned)sorted[i] > from && close_range(from, sorted[i] - 1u, 0) < 0)
			return -errno;
		from = sorted[i] + 1u;
	}
	return close_range(from, ~0u, 0) < 0 ? -errno : 0;
}

static void
default_signals(void)
{
	/* The kernel's struct sigaction, all zero: the default. Not signal(3), which keeps the
	 * hands off the two signals glibc uses itself; make(1) leaves them ignored for all below
	 * it. */
	static const unsigned long by_default[4];
	sigset_t none;

	for (int i = 1; i < NSIG; i++) /* those that cannot be changed stay as they are */
		syscall(SYS_rt_sigaction, i, by_default, NULL, sizeof(uint64_t));
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t
parent_fork(const char *name, const int *keep, size_t n_keep)
{
	pid_t pid;

	if (n_keep > KEEP_MAX) {
		errno = EMFILE;
		return -1;
	}
	pid = fork();
	if (pid)
		return pid;
	/* The copy of the parent's signalfd is closed before its mask is lifted. */
	if (close_others(keep, n_keep) < 0)
		_exit(1);
	default_signals();
	setsid(); /* a terminal's signals are for the parent */
	prctl(PR_SET_NAME, name);
	return 0;
}
